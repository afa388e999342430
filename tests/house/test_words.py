"""The Chinese of the product is polite, plain and without the words that read wrong."""

import re
from collections.abc import Iterator

import pytest

from tests.house.source import files
from tools import messages

BANNED = {
    "用户": re.compile("用户"),
    "订单": re.compile("订单"),
    "提交失败": re.compile("提交失败"),
    "参数": re.compile("参数"),
    "亲 as an address": re.compile(r"(?:^|[，。、\s（(])亲(?=[，。、！!~～\s）)]|$)"),
    "你 instead of 您": re.compile("你"),
    "an exclamation mark": re.compile("[！!]"),
    "a bare 分 (write 分钟)": re.compile(r"(?:\d|%\(\w+\)[sd])\s*分(?!钟|之|类|项|组|页|区|机|贝|批|次|享|公里)"),
}


def banned(place: str, text: str) -> Iterator[str]:
    for what, pattern in BANNED.items():
        if pattern.search(text):
            yield f"{place}: {what} in {text[:80]!r}"


def lines() -> Iterator[tuple[str, str]]:
    """Every line of Chinese that people may read: the catalogue, and words that stand in code and templates."""
    for message in messages.known():
        for text in message.string if isinstance(message.string, tuple | list) else [message.string or ""]:
            if message.id:
                yield f"messages.po {str(message.id)[:50]!r}", text
    for path in [*files("app", ending=".html"), *files("app", ending=".py"), *files("app/static/js", ending=".js")]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for words in re.findall(r"[\u4e00-\u9fff][^\"'<>{}]*", line):
                yield f"{path.name}:{number}", words


def test_no_banned_word_is_said() -> None:
    wrong = [line for place, text in lines() for line in banned(place, text)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "text",
    [
        *("用户不存在", "您的订单", "亲，您好", "你好", "谢谢！"),
        *("共 30 分", "%(minutes)s 分已存入", "参数错误", "提交失败"),
    ],
)
def test_the_rule_hears_what_reads_wrong(text: str) -> None:
    assert list(banned("here", text))


@pytest.mark.parametrize(
    "text", ["30 分钟", "亲属", "母亲", "亲人", "积分 20", "您好", "%(n)s 分钟", "部分完成", "3 分组"]
)
def test_the_rule_lets_pass_what_reads_right(text: str) -> None:
    assert not list(banned("here", text))
