"""Every value that ships says where it comes from, in both languages, by the name of a document or with a reason."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.rulechanges.sources import KINDS_OF_BASIS
from app.rulepacks.packs import definitions, shipped

CHINESE = re.compile(r"[\u4e00-\u9fff]")
FILE = re.compile(r"\b[\w*.-]+\.(?:csv|json|md|py|html?|po|txt|xlsx)\b|\bline \d+|第\d+行")


def sources() -> Iterator[tuple[str, str, str, str]]:
    """(where, kind, Chinese, English) of every source."""
    for key, said in definitions().items():
        yield f"default {key}", said["basis"], said["source_zh"], said["source_en"]
    for code, pack in shipped().items():
        for each in pack.values:
            yield f"{code} {each.key}", each.basis, each.source_zh, each.source_en
        for number, remark in enumerate(pack.remarks):
            yield f"{code} remark {number}", "published", remark["source_zh"], remark["source_en"]


def objections(kind: str, zh: str, en: str) -> Iterator[str]:
    if kind not in KINDS_OF_BASIS:
        yield f"{kind!r} is no kind of source"
    if not CHINESE.search(zh):
        yield "has no Chinese"
    if not en.strip() or CHINESE.search(en):
        yield "has no English of its own"
    for text in (zh, en):
        if found := FILE.search(text):
            yield f"names a file: {found[0]}"


def test_every_source_is_there_in_both_languages_and_names_no_file() -> None:
    wrong = [f"{where}: {what}" for where, *rest in sources() for what in objections(*rest)]
    assert not wrong, "\n".join(wrong)


def test_a_published_value_names_what_was_published() -> None:
    """A year, an article, a number or an address: enough to look it up."""
    for where, kind, zh, en in sources():
        if kind in ("law", "published", "draft"):
            assert re.search(r"\d|《|\.(?:com|cn|org)", zh), where
            assert re.search(r"\d|[A-Z]", en), where


@pytest.mark.parametrize(
    "said",
    [
        ("guess", "没有", "none"),
        ("law", "Charity Law", "Charity Law"),
        ("law", "《慈善法》", "《慈善法》"),
        ("law", "《慈善法》", ""),
        ("published", "南京2019, timebank_rules_cn.csv 第8行", "Nanjing 2019"),
        ("design", "设计", "design: safety.md T4"),
    ],
)
def test_the_rule_sees_what_is_wrong(said: Any) -> None:
    assert list(objections(*said))


def test_the_rule_lets_pass_what_is_right() -> None:
    assert not list(objections("law", "《志愿服务条例》第二条", "Regulations on Voluntary Service, article 2"))
    assert not list(
        objections("published", "黄山市规则（转载于 bixenon.com.cn）", "Huangshan (read at bixenon.com.cn)")
    )
