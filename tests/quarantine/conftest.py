"""The small foreign system of the pull's tests, for these tests too."""

from tests.pull.conftest import shop

__all__ = ["shop"]
