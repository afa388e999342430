"""How far a run is, in one line of a terminal that is written again and again."""

from __future__ import annotations

import time
from typing import TextIO

OFTEN = 0.2  # seconds between two lines, at least
UNKNOWN = 2**59  # a bound as high as this says nothing


class Line:
    """Progress on a terminal: the step, what is reached and what is proven of it."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal, self._begun, self._last, self._width = terminal, time.monotonic(), 0.0, 0

    def __call__(self, step: str, values: tuple[int, ...], bounds: tuple[int, ...]) -> None:
        """Show where the run is."""
        now = time.monotonic()
        if now - self._last >= OFTEN:
            self._last = now
            self._write(f"{now - self._begun:6.1f} s  {step:<14}{in_words(values, bounds)}")

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._write("")
        self._terminal.write("\r")
        self._terminal.flush()

    def _write(self, text: str) -> None:
        self._terminal.write(f"\r{text:<{self._width}}")
        self._terminal.flush()
        self._width = len(text)


def in_words(values: tuple[int, ...], bounds: tuple[int, ...]) -> str:
    """Both levels, each with what no plan exceeds where that is known."""
    parts = []
    for name, value, bound in zip(("serve", "care"), values, bounds, strict=False):
        known = f" of at most {bound:,}" if value < bound < UNKNOWN else " (proven)" if value == bound else ""
        parts.append(f"{name} {value:,}{known}")
    return ", ".join(parts)
