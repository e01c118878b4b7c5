"""Reading fast: what costs time and gives nothing in one short run over a million objects that live to its end."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collector() -> Iterator[None]:
    """Without looking for cycles of garbage meanwhile: that would be a fifth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
