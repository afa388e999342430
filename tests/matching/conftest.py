"""What tests of the engine ask for by name."""

from __future__ import annotations

import pytest

from tests.matching.tiled import cut_small


@pytest.fixture
def in_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days of this size are solved in tiles, without the undivided search after them."""
    cut_small(monkeypatch.setattr)
