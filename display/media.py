"""The pictures a board shows in turn: whatever lies in one folder, looked at again now and then."""

import os
from collections.abc import Callable
from pathlib import Path

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp"})
MOST = 200


def pictures_in(folder: str) -> Callable[[], list[str]]:
    """A look into the folder: names in order, at most MOST; an empty or missing folder has none."""

    def look() -> list[str]:
        if not folder:
            return []
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            return []
        return [str(Path(folder) / name) for name in names if Path(name).suffix.lower() in ENDINGS][:MOST]

    return look
