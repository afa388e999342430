"""What every answer promises to the browser, and that nothing comes from elsewhere."""

import re

import pytest

from tests.conftest import Visitor


@pytest.mark.parametrize("address", ["/", "/menu", "/nowhere", "/static/css/tokens.css"])
def test_every_answer_carries_the_policy(client: Visitor, address: str) -> None:
    with client.get(address) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def test_pages_stay_out_of_caches_and_named_files_are_kept(client: Visitor) -> None:
    page = client.get("/")
    assert page.headers["Cache-Control"] == "no-store"
    address = re.search(r'href="(/static/css/pages\.css\?v=[0-9a-f]+)"', page.text)
    assert address is not None
    with client.get(address.group(1)) as answer:
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("address", ["/", "/menu", "/help", "/settings", "/public", "/public/how"])
def test_nothing_is_fetched_from_elsewhere(client: Visitor, address: str) -> None:
    loaded = re.findall(r'<(?:script|img|link|iframe|source)\b[^>]*\b(?:src|href)="([^"]+)"', client.get(address).text)
    assert loaded
    assert all(part.startswith("/static/") for part in loaded)
