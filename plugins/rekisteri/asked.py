"""What a pull asks a source for: of each entity its SELECT, and how much of it is read."""

from dataclasses import dataclass
from typing import Literal

from rekisteri.origins import Part


@dataclass(frozen=True)
class Asked:
    """One entity of a pull: its SELECT, and how much of it is read."""

    entity: str
    query: str
    columns: list[str]
    watermarked: bool
    shape: str
    """Checksum of what decides how its rows are read, judged and summed."""
    part: Literal["full", "part", "same"] = "full"
    read: Part | None = None
    buckets: int | None = None
    watermark: str | None = None
    """The newest, to be remembered."""

    @property
    def summed(self) -> list[str]:
        """Columns that the sums are over."""
        return ["source_key"] if self.watermarked else self.columns
