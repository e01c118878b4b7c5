"""What many tests share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
sys.path.append(str(Path(__file__).parent))

from conftest_center import Center  # noqa: E402 - found beside this file


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    made = Center(tmp_path / "hub")
    yield made
    if made.hub is not None:
        made.hub.store.close()
