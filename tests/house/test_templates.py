"""Pages obey the content policy and the house: nothing inline, one base, macros in components."""

import re
from collections.abc import Iterator

import pytest

from tests.house.source import ROOT, files

RULES = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "a way round escaping": re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\("),
    "a file of somebody else's": re.compile(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE),
    "a form without the form macro": re.compile(r"<form\b", re.IGNORECASE),
}
MAY_HAVE_FORMS = ("components/", "macros/")
STARTS = re.compile(r"^\s*(?:\{#.*?#\}\s*)*\{%-?\s*extends\b", re.DOTALL)
MACRO_FILE = re.compile(r"\{%-?\s*macro\b")


def violations(name: str, text: str) -> Iterator[str]:
    plain = re.sub(r"\{#.*?#\}", lambda comment: "\n" * comment.group().count("\n"), text, flags=re.DOTALL)
    for number, line in enumerate(plain.splitlines(), 1):
        for what, pattern in RULES.items():
            if what.startswith("a form") and name.startswith(MAY_HAVE_FORMS):
                continue
            if pattern.search(line):
                yield f"app/templates/{name}:{number} {what}: {line.strip()[:90]}"


def pages() -> list[tuple[str, str]]:
    folder = ROOT / "app" / "templates"
    found = files("app/templates", ending=".html")
    return [(str(path.relative_to(folder)), path.read_text(encoding="utf-8")) for path in found]


def test_nothing_is_inline() -> None:
    wrong = [line for name, text in pages() for line in violations(name, text)]
    assert not wrong, "\n".join(wrong)


def test_every_page_extends_the_base_or_is_a_part() -> None:
    """A page extends; a file of macros defines some; a part of a page (htmx, mail) has a name that begins with _."""
    wrong = [
        f"app/templates/{name}:1 neither extends a base, nor holds macros, nor is named as a part (_name.html)"
        for name, text in pages()
        if not (STARTS.match(text) or MACRO_FILE.search(text) or name.split("/")[-1].startswith("_") or _is_base(name))
    ]
    assert not wrong, "\n".join(wrong)


def _is_base(name: str) -> bool:
    return "/" not in name and name.split(".")[0].startswith(("base", "print", "card"))


@pytest.mark.parametrize(
    "line",
    [
        "<script>alert(1)</script>",
        '<p style="color: red">',
        "<button onclick='go()'>",
        "{{ name|safe }}",
        '<img src="https://elsewhere.example/a.png">',
        '<form method="post">',
    ],
)
def test_the_rule_sees_what_is_inline(line: str) -> None:
    assert list(violations("needs/new.html", f"{{% extends 'base.html' %}}\n{line}"))


def test_a_script_file_and_a_comment_pass() -> None:
    page = '<script type="module" src="/static/js/start.js"></script>{# <style> #}'
    assert not list(violations("needs/new.html", page))
