"""How people call a queue, a counter, a clerk or a box; and as many names as a line has room for (pure)."""

from collections.abc import Sequence

from onedoor.device.catalogue import Catalogue
from onedoor.look.alarms import where
from onedoor.look.texts import say


def queue_name(catalogue: Catalogue, name: str) -> tuple[str, str]:
    """In Lao and in English: a queue by its own name or its service's, a counter, a clerk or a box by its number."""
    word, number = where(name)
    if not word:
        return catalogue.queue_name(number, "lo"), catalogue.queue_name(number, "en")
    return f"{say('lo', word)} {number}".strip(), f"{word} {number}".strip()


def some(names: Sequence[str], letters: int, more: int = 0) -> str:
    """As many of the names as have room in so many letters, one at least, and how many more there are (and `more`)."""
    told = list(names[:1])
    for name in names[1:]:
        if len(" · ".join([*told, name])) > letters:
            break
        told.append(name)
    left = len(names) - len(told) + more
    return " · ".join([*told, *([f"+{left}"] if left else [])])
