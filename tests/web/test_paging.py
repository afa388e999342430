"""A list a page at a time, whatever the address says."""

import pytest
from flask import Flask

from app.web.paging import paged_list, search_word


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ("1", (1, 25)),
        ("2", (26, 50)),
        ("3", (51, 60)),
        ("99", (51, 60)),
        ("0", (1, 25)),
        ("-4", (1, 25)),
        ("x", (1, 25)),
    ],
)
def test_every_number_leads_to_a_page(app: Flask, asked: str, rows: tuple[int, int]) -> None:
    with app.test_request_context(f"/list?page={asked}"):
        page = paged_list(list(range(60)))
    assert (page.first_row, page.last_row) == rows
    assert list(page.items) == list(range(rows[0] - 1, rows[1]))


def test_neighbours_keep_the_search(app: Flask) -> None:
    with app.test_request_context("/list?q=chen&page=2"):
        page = paged_list(list(range(60)))
        assert page.previous_href == "/list?q=chen&page=1"
        assert page.next_href == "/list?q=chen&page=3"


def test_an_empty_list_is_one_page_without_neighbours(app: Flask) -> None:
    with app.test_request_context("/list"):
        page = paged_list([])
        assert (page.first_row, page.last_row, page.last) == (0, 0, 1)
        assert page.previous_href is None
        assert page.next_href is None


def test_a_search_word_is_trimmed_and_cut(app: Flask) -> None:
    with app.test_request_context("/list", query_string={"q": "  陈   桂英 " + "x" * 90}):
        assert search_word() == ("陈 桂英 " + "x" * 90)[:40]
