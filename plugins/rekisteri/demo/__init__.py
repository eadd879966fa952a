"""The demo's three sources: made-up customers with everything a gate must find, the same for the same seed.

    generate   all rows of all sources, and the manifest of what was planted; touches no database
    load       the same in PostgreSQL, with the object store, manifest.json and planted.json

From the outside in: customers (who, which stage of life) are built from companies and people, and written down
by billing, crm and service_desk, each in its own spelling. faults adds what the gates must refuse.
"""

from rekisteri.demo.generate import Generated, generate
from rekisteri.demo.load import load
from rekisteri.demo.manifest import Manifest

__all__ = ["Generated", "Manifest", "generate", "load"]
