"""The one exception tree. Each message says what is wrong, where, and how to mend it; never a person's value.

RekisteriError
├── SetupError            the machine or the installation is not as needed
├── ModelError            a register model does not say what it must (raised at import)
├── PolicyError           a policy file or an extract SELECT is wrong
├── SourceError           a source cannot be read as declared
│   └── SourceDown        a source does not answer (worth a retry)
├── GateRefused           a gate stops a pull (never retried)
│   ├── QualityRefused
│   └── ResidencyRefused
├── BooksUnbalanced       rows read are not merged + unchanged + quarantined + suppressed
├── ErasureRefused        an erasure lacks its approval or its plan
├── DecisionRefused       a decision on who is who names no approver, or contradicts what is known
├── NoSuchNight           nothing was pulled in the night that is asked for
├── AuditBroken           the evidence chain was changed, cut, reordered or has a gap
└── WarehouseError        the warehouse is missing or not as declared
    └── WarehouseOutdated     it is of an older or newer version than the code (never retried)
"""

from collections.abc import Sequence
from datetime import date


class RekisteriError(Exception):
    """Base of every error this project raises."""


class SetupError(RekisteriError):
    """The machine or the installation is not as needed."""


class ModelError(RekisteriError):
    """A register model does not say what it must."""


class PolicyError(RekisteriError):
    """A policy file or an extract SELECT is wrong."""


class SourceError(RekisteriError):
    """A source cannot be read as declared."""


class SourceDown(SourceError):  # noqa: N818 - a state, read as "the source is down"
    """A source does not answer; worth a retry."""


class GateRefused(RekisteriError):  # noqa: N818 - a verdict, not a malfunction
    """A gate stops a pull; a retry would give the same verdict."""


class QualityRefused(GateRefused):
    """The quality gate stops a pull."""


class ResidencyRefused(GateRefused):
    """The residency gate stops a pull or a transfer."""


class BooksUnbalanced(RekisteriError):  # noqa: N818 - a state of the books
    """Rows read are not merged + unchanged + quarantined + suppressed."""


class ErasureRefused(RekisteriError):  # noqa: N818 - a verdict
    """An erasure lacks its approval or its plan."""


class DecisionRefused(RekisteriError):  # noqa: N818 - a verdict
    """A decision on who is who names no approver, or contradicts what is known."""


class NoSuchNight(RekisteriError):  # noqa: N818 - a state, read as "there is no such night"
    """Nothing was pulled in the night that is asked for."""

    def __init__(self, message: str, nearest: Sequence[date] = ()) -> None:
        """Keep the nearest nights with a pull."""
        super().__init__(message)
        self.nearest = tuple(nearest)


class AuditBroken(RekisteriError):  # noqa: N818 - a state of the chain
    """The evidence chain was changed, cut, reordered or has a gap."""


class WarehouseError(RekisteriError):
    """The warehouse is missing or not as declared."""


class WarehouseOutdated(WarehouseError):  # noqa: N818 - a state of the warehouse
    """The warehouse is of an older or newer version than the code; a retry would find the same."""
