"""The product's own source, read once: what the house tests look at."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One Python file: `name` is its path from the root."""

    name: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.name, self.text)

    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(self.tree)


@cache
def _parsed(name: str, text: str) -> ast.Module:
    return ast.parse(text, filename=name)


def files(*folders: str, ending: str = ".py") -> list[Path]:
    """The files under these folders."""
    found = (path for folder in folders for path in (ROOT / folder).rglob(f"*{ending}"))
    return sorted(path for path in found if "__pycache__" not in path.parts and "vendor" not in path.parts)


def python_files(*folders: str) -> list[Source]:
    """The Python files under these folders."""
    return [Source(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in files(*folders)]
