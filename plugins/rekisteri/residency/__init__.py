"""Where data may be: locations, the companies that hold data, and records' own locations, against the EU/EEA table.

An unknown location is outside; only a line of include/policy makes one inside (design.md rule 3).

    policy.py      the models of residency.yaml and its two tables
    names.py       names of countries and providers, by normal text
    atlas.py       all that is listed, looked up by exact text
    locations.py   resolve a location to a verdict; explain it
    processors.py  processors and their sub-processors: the gate before a source is contacted
    records.py     distinct locations of records, as a mapping for SQL to join
    placing.py     the same in a table, for the gate and the nightly look
    consents.py    whose consent a record outside needs, and whether it is there
    arrived.py     where the gate looks for records and consents of a pull
    gate.py        the gate: the source, then each record
    transfers.py   the log of what was let in outside
    reconsidered.py  rows in quarantine whose consent has come
    misplaced.py   what is held and would not be let in any more
"""

from rekisteri.residency.locations import Reason, Verdict, resolve
from rekisteri.residency.processors import check_processor, check_source, explain
from rekisteri.residency.records import resolve_many

__all__ = ["Reason", "Verdict", "check_processor", "check_source", "explain", "resolve", "resolve_many"]
