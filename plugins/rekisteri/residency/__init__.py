"""Where data may be: locations, the companies that hold data, and records' own locations, against the EU/EEA table.

An unknown location is outside; only a line of include/policy makes one inside (design.md rule 3).

    policy.py      the models of the policy files
    names.py       names of countries and providers, by normal text
    atlas.py       all that is listed, looked up by exact text
    locations.py   resolve a location to a verdict
    hosts.py       which region a host's name tells, and whether that contradicts what is declared
    processors.py  processors and their sub-processors: where they store, from where they have access
    holdings.py    which groups of data a place gets, by the model and the SELECTs
    sites.py       a place that holds or gets data: check it by all of the above
    admission.py   the gate before a source is contacted, and before anything is written or sent
    gate.py        the gate for each record's own location
    whereabouts.py where our data lives, and who can reach it from where
    explaining.py  what `rekisteri residency explain` and the page of places tell
    placing.py     the same in a table, for the gate and the nightly look
    consents.py    whose consent a record outside needs, and whether it is there
    asking.py      the same persons for one record, by reading alone
    lacking.py     whose consent is missing, and why, in words
    cases.py       which case a location is, in the words that people are told
    refusals.py    why one row was refused for its location, told to people
    waiting.py     how many rows wait for their location, by country or case
    arrived.py     where the gate looks for records and consents of a pull
    transfers.py   the log of what was let in outside
    logged.py      that log as it is told: what each consent is worth today, where the record lies
    consents_read.py  as of which night consents were read
    reconsidered.py  rows in quarantine whose consent has come
    misplaced.py   what is held and would not be let in any more
"""

from rekisteri.residency.explaining import explain, said
from rekisteri.residency.locations import Reason, Verdict, resolve
from rekisteri.residency.processors import check_processor

__all__ = ["Reason", "Verdict", "check_processor", "explain", "resolve", "said"]
