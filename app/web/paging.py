"""Lists a page at a time, with a search word kept in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Select, func, select

from app.db import session

PER_PAGE = 25
LONGEST_QUERY = 40


@dataclass(frozen=True)
class Page:
    """One page of a list: its rows, where it stands, and the addresses of its neighbours."""

    items: Sequence[Any]
    number: int
    per_page: int
    total: int
    q: str = ""

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // self.per_page))

    @property
    def first_row(self) -> int:
        """The place of the first row in the whole list, from 1; 0 when the list is empty."""
        return 0 if not self.total else (self.number - 1) * self.per_page + 1

    @property
    def last_row(self) -> int:
        """The place of the last row in the whole list."""
        return min(self.number * self.per_page, self.total)

    def href(self, number: int) -> str:
        """The address of another page of this list, the other words of the address kept."""
        kept = request.args.to_dict(flat=True) | {"page": str(number)}
        return f"{request.path}?{urlencode(kept)}"

    @property
    def previous_href(self) -> str | None:
        """The page before, if there is one."""
        return self.href(self.number - 1) if self.number > 1 else None

    @property
    def next_href(self) -> str | None:
        """The page after, if there is one."""
        return self.href(self.number + 1) if self.number < self.last else None


def search_word() -> str:
    """What was typed into the search box (`q`), trimmed and cut to a sane length."""
    return " ".join(request.args.get("q", "").split())[:LONGEST_QUERY]


def page_number() -> int:
    """The page asked for (`page`), 1 when it is missing or nonsense."""
    word = request.args.get("page", "1")
    return max(1, int(word)) if word.isdecimal() and len(word) < 7 else 1


def paged(query: Select[*tuple[Any, ...]], *, per_page: int = PER_PAGE, scalars: bool = True) -> Page:
    """The page of `query` that the address asks for; the query must be ordered. Beyond the end: the last page."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    number = min(page_number(), max(1, -(-total // per_page)))
    result = session.execute(query.limit(per_page).offset((number - 1) * per_page))
    rows = result.scalars().all() if scalars else result.all()
    return Page(items=rows, number=number, per_page=per_page, total=total, q=search_word())


def paged_list(rows: Sequence[Any], *, per_page: int = PER_PAGE) -> Page:
    """The same for a list that is already in memory."""
    number = min(page_number(), max(1, -(-len(rows) // per_page)))
    rows_here = rows[(number - 1) * per_page : number * per_page]
    return Page(items=rows_here, number=number, per_page=per_page, total=len(rows), q=search_word())
