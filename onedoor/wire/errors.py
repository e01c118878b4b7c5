"""What can be wrong with something that arrived. The sender is to blame; the receiver goes on."""


class WireError(Exception):
    """Something arrived that the contract does not allow. `code` is stable and safe to publish."""

    code = "wire"


class Oversized(WireError):
    """Longer than the contract allows for this message."""

    code = "oversized"


class Malformed(WireError):
    """Not JSON, a missing field, a wrong type, an impossible name or number."""

    code = "malformed"


class UnknownVersion(WireError):
    """A version of the contract that this software does not speak."""

    code = "unknown_version"
