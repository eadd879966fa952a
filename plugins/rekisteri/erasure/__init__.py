"""Erasure: plan -> approve -> erase -> verify; nothing is erased that a member of staff has not approved.

    plan      (plan)       what is due tonight, record by record; its checksum is its name
    approve   (approval)   an audit entry with staff and checksum; without one, erase refuses
    erase     (erasing)    what is both approved and still due, in one transaction; media files first
    verify    (verifying)  looks again in every place, then writes the certificate

Each may be killed at any point and run again.
"""

from rekisteri.erasure.approval import approve, approved, reject
from rekisteri.erasure.erasing import Erasure, erase
from rekisteri.erasure.planning import PlanSummary, plan
from rekisteri.erasure.verifying import verify

__all__ = ["Erasure", "PlanSummary", "approve", "approved", "erase", "plan", "reject", "verify"]
