"""Small days that are solved in tiles all the same."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from matching import Options, Result

ROUNDS = 40
TILES = {("serve",): 60, ("fold",): 60, ("serve", "care"): 50, ("care",): 40}


def cut_small(setting: Callable[[Any, str, Any], None]) -> None:
    """Set what makes a small day a city."""
    from matching import city, tiles

    setting(city, "AT_ONCE", 50)
    setting(city, "FINISHED", 0)
    setting(tiles, "TILE", TILES)
    setting(tiles, "LEAST", 40)


def options(executor: Executor | None = None, **more: Any) -> Options:
    """So much time that rounds alone stop the search."""
    return Options(time_limit_s=600, rounds=ROUNDS, workers=1, explain=False, executor=executor, **more)


def served(result: Result) -> list[tuple[str, tuple[str, ...], int]]:
    """Who serves which need, and when."""
    return [(match.need, match.volunteers, match.start) for match in result.matches]
