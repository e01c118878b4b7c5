"""Cells of tables that other programs open: nothing in them can be taken for a formula (pure).

Policy: a text that a table program could compute gets an apostrophe before it, so nothing is lost and nothing runs.
"""

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain_cell(text: str) -> str:
    """Text that a table program shows and does not compute: what could begin a formula gets an apostrophe before it."""
    return f"'{text}" if text[:1] in FORMULA else text


def printable(text: str) -> str:
    """Text without the characters that XML 1.0 cannot hold; each becomes the sign for "replaced"."""
    return "".join(c if _allowed(ord(c)) else "\ufffd" for c in text)


def _allowed(code: int) -> bool:
    """The Char production of XML 1.0."""
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
