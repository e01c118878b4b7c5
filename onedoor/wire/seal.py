"""The signed head of a center's log, as it travels to the kiosk that prints it, and lies beside the log."""

from typing import Annotated

from msgspec import Meta, Struct

from onedoor.wire.rows import Count, Hash, Word


class Seal(Struct, frozen=True):
    """The head of a center's log, signed with Ed25519, at the end of a day ("" where nobody knows which day it is).
    `key` is the public key; `closing`: it is the day's end, to be printed (not signed); `note`: the checkpoint of the
    tree over the log up to that row (onedoor.wire.notes); `witnessed`: who outside has signed which head last;
    `authority`: the key under which the center took its services.
    """

    v: int
    center: Word
    day: Annotated[str, Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
    epoch: Count
    hub_seq: Count
    hash: Hash
    key: Hash
    signature: Annotated[str, Meta(pattern=r"^([0-9a-f]{128})?$")] = ""
    closing: bool = False
    note: Annotated[str, Meta(max_length=1000)] = ""
    witnessed: Annotated[str, Meta(max_length=200)] = ""
    authority: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?$")] = ""
