"""The small foreign system of the pull's tests, and that of the residency's, for these tests too."""

from tests.pull.conftest import shop
from tests.residency.conftest import consenting

__all__ = ["consenting", "shop"]
