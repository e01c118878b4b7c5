"""Whether a hub may lead before the spare has told what it has.

Policy. A spare that is away holds nobody up. But where this box's log was put aside as damaged, the spare has what it
had; then the hub waits for it, says so on every panel, and a person decides when to wait no longer
(`onedoor repair --without-spare`).
"""

from dataclasses import dataclass
from pathlib import Path

from onedoor.device.needs import Needs

FILE = "waits-for-spare"
CODE = "log_waits"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One hub's patience: as long as a file is there."""

    file: Path | None = None

    def waits(self, needs: Needs) -> bool:
        """Whether to go on waiting; people are told."""
        waits = self.file is not None and self.file.exists()
        needs.set(CODE, needed=waits)
        return waits

    def over(self, needs: Needs) -> None:
        """This hub leads."""
        needs.set(CODE, needed=False)
        if self.file is not None:
            self.file.unlink(missing_ok=True)
