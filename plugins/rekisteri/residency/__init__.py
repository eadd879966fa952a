"""Where data may be: locations, the companies that hold data, and records' own locations, against the EU/EEA table.

An unknown location is outside; only a line of include/policy makes one inside (design.md rule 3).

    policy.py      the models of residency.yaml and its two tables
    names.py       names of countries and providers, by normal text
    atlas.py       all that is listed, looked up by exact text
    locations.py   resolve a location to a verdict; explain it
    processors.py  processors and their sub-processors: the gate before a source is contacted
    records.py     distinct locations of records, as a mapping for SQL to join
"""

from rekisteri.residency.locations import Reason, Verdict, resolve
from rekisteri.residency.processors import check_processor, check_source, explain
from rekisteri.residency.records import resolve_many

__all__ = ["Reason", "Verdict", "check_processor", "check_source", "explain", "resolve", "resolve_many"]
