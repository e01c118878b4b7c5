"""OneDoor Queue: the library that kiosk, display, hub and reports share.

`hall` holds the pure rules, `wire` the contract of what travels, `device` the input and output
that every box has. Arrows run device -> wire -> hall and never back.
"""

__version__ = "0.1.0"

BUILT_MS = 1_790_812_800_000
"""1 October 2026 in milliseconds since 1970: no box of this release was ever switched on before. Raised with a
release."""
