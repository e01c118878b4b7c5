"""Where a log lies: an exported file of JSON lines, or a hub's data folder."""

from pathlib import Path

DATABASE = "center.db"
VIEW = "log_rows"
"""The hub's documented, read-only view: its columns are the fields of LogRow, in their order."""


class NotALog(Exception):
    """What was given is no log; the message says what would be."""


class BadRow(Exception):
    """A row that cannot be read: its number (from 1) and why."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"row {number}: {why}")
        self.number, self.why = number, why


def log_file(path: Path) -> Path:
    """The log's file in a folder, or the file itself; NotALog if there is none."""
    if path.is_dir():
        for name in (DATABASE, "log.jsonl"):
            if (path / name).exists():
                return path / name
        raise NotALog(f"{path}: there is neither {DATABASE} nor log.jsonl in this folder.")
    if not path.exists():
        raise NotALog(f"{path}: there is no such file.")
    return path
