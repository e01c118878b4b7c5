"""Whose word a center goes by, so that it cannot be its own authority unseen.

Policy. The services, their fees and standards come from a national file that is signed. Which key is believed stands in
the box's own file, which whoever holds the box can change; so the key of the first start is pinned, every start writes
into the log which files and which key it goes by, and another key than the pinned one is an alarm that stays until
somebody has seen to it. It stops nobody: it makes it visible to everybody who reads the log, a slip or a report.
"""

import hashlib
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from onedoor.device.aside import note
from onedoor.device.config import DeviceConfig
from onedoor.device.small_file import replace_file
from onedoor.hall.proof_facts import CatalogueSet

PIN = "national.pin"
CODE = "national_key"


def authority(config: DeviceConfig, folder: Path) -> CatalogueSet:
    """The files and the key that this center goes by now; another key than at its first start is noted."""
    shipped = files("onedoor") / "data"
    text = Path(config.catalogue).read_bytes() if config.catalogue else (shipped / "national.toml").read_bytes()
    key = config.catalogue_key or (shipped / "national.pub").read_text(encoding="ascii").strip()
    local = Path(config.catalogue_local).read_bytes() if config.catalogue_local else b""
    pin = folder / PIN
    pinned = pin.read_text(encoding="ascii").strip() if pin.exists() else ""
    if pinned != key:
        if pinned:
            note(folder, CODE)
        with suppress(OSError):  # a card that cannot be written has a code of its own
            replace_file(pin, key.encode())
    return CatalogueSet(_sum(text), _sum(local) if local else "", key)


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
