"""OneDoor Queue: the library that kiosk, display, hub and reports share.

`hall` holds the pure rules, `wire` the contract of what travels, `device` the input and output
that every box has. Arrows run device -> wire -> hall and never back.
"""

__version__ = "0.1.0"
