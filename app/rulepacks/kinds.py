"""What the value of a setting may be: each kind reads posted words, judges a value, and writes it as words again.

`read` and `check` raise BadValue with one sentence. Values are plain JSON.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from datetime import time
from typing import Any

from flask_babel import lazy_gettext as _l

from app.errors import DomainError


class BadValue(DomainError):
    status = 422
    text = _l("This value can't be read. Please look at the example beside it.")


class Kind(ABC):
    """A kind of value. `several_lines` says that a value is written one line for each part."""

    several_lines = False

    @abstractmethod
    def read(self, words: str) -> Any:
        """The value that these posted words mean."""

    @abstractmethod
    def check(self, value: Any) -> None:
        """Nothing when the value may stand; BadValue with the reason otherwise."""

    def write(self, value: Any) -> str:
        """The words that `read` makes this value of."""
        return str(value)

    def choices(self) -> tuple[str, ...]:
        """The values to choose from, where there are only a few."""
        return ()


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number from `least` to `most`, of a multiple of `step`."""

    least: int
    most: int
    step: int = 1

    def read(self, words: str) -> int:
        text = words.strip().replace(",", "").replace("，", "")
        if not (text.isdecimal() and len(text) <= 12):
            raise BadValue(_l("Please write a whole number, such as %(example)s."), example=self.most)
        value = int(text)
        self.check(value)
        return value

    def check(self, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            sentence = _l("It must be a whole number from %(least)s to %(most)s.")
            raise BadValue(sentence, least=self.least, most=self.most)
        if value % self.step:
            raise BadValue(_l("It must be a multiple of %(step)s."), step=self.step)


@dataclass(frozen=True)
class Flag(Kind):
    """Yes or no."""

    def read(self, words: str) -> bool:
        if words not in ("yes", "no"):
            raise BadValue(_l("Please choose yes or no."))
        return words == "yes"

    def check(self, value: Any) -> None:
        if not isinstance(value, bool):
            raise BadValue(_l("Please choose yes or no."))

    def write(self, value: Any) -> str:
        return "yes" if value else "no"

    def choices(self) -> tuple[str, ...]:
        return ("yes", "no")


@dataclass(frozen=True)
class OneOf(Kind):
    """One word of a few."""

    words: tuple[str, ...]

    def read(self, words: str) -> str:
        self.check(words.strip())
        return words.strip()

    def check(self, value: Any) -> None:
        if value not in self.words:
            raise BadValue(_l("Please choose one of the words on the page."))

    def choices(self) -> tuple[str, ...]:
        return self.words


@dataclass(frozen=True)
class Several(Kind):
    """Some of these words (or any short words where `words` is empty), in order, none twice, `least` to `most`."""

    words: tuple[str, ...] = ()
    least: int = 0
    most: int = 40
    several_lines = True

    def read(self, words: str) -> list[str]:
        value = [line.strip() for line in words.splitlines() if line.strip()]
        self.check(value)
        return value

    def check(self, value: Any) -> None:
        if not isinstance(value, list) or not all(isinstance(word, str) and 0 < len(word) <= 60 for word in value):
            raise BadValue(_l("Please write one short word a line."))
        unknown = [word for word in value if self.words and word not in self.words]
        if unknown:
            raise BadValue(_l("“%(word)s” is not one of the words that are known here."), word=unknown[0][:60])
        if len(set(value)) != len(value):
            raise BadValue(_l("A word stands there twice. Please keep it once."))
        if not self.least <= len(value) <= self.most:
            raise BadValue(_l("Please write from %(least)s to %(most)s lines."), least=self.least, most=self.most)

    def write(self, value: Any) -> str:
        return "\n".join(value)


@dataclass(frozen=True)
class Steps(Kind):
    """A fixed number of whole numbers, each greater than the one before (or smaller, where `falling`)."""

    count: int
    least: int
    most: int
    falling: bool = False
    several_lines = True

    def read(self, words: str) -> list[int]:
        number = Whole(self.least, self.most)
        value = [number.read(line) for line in words.splitlines() if line.strip()]
        self.check(value)
        return value

    def check(self, value: Any) -> None:
        if not isinstance(value, list) or len(value) != self.count:
            raise BadValue(_l("Please write %(count)s numbers, one a line."), count=self.count)
        for each in value:
            Whole(self.least, self.most).check(each)
        if sorted(set(value), reverse=self.falling) != value:
            raise BadValue(_l("The numbers must be in order, none twice."))

    def write(self, value: Any) -> str:
        return "\n".join(map(str, value))


@dataclass(frozen=True)
class ByItem(Kind):
    """A whole number for some items of the menu: one line each, `code number`. Which codes there are is asked of the
    menu by whoever stores it (`known`)."""

    least: int
    most: int
    several_lines = True

    def read(self, words: str) -> dict[str, int]:
        value: dict[str, int] = {}
        for line in (line.strip() for line in words.splitlines()):
            if not line:
                continue
            code, _space, number = line.replace("=", " ").replace("：", " ").replace(":", " ").partition(" ")
            if code in value:
                raise BadValue(_l("“%(word)s” stands there twice. Please keep it once."), word=code[:60])
            value[code] = Whole(self.least, self.most).read(number)
        self.check(value)
        return value

    def check(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise BadValue(_l("Please write one item a line: its name, a space, a whole number."))
        for each in value.values():
            Whole(self.least, self.most).check(each)

    def check_known(self, value: Any, known: Collection[str]) -> None:
        """BadValue for an item that the menu does not have."""
        unknown = [code for code in value if code not in known]
        if unknown:
            raise BadValue(_l("“%(word)s” is not an item of the menu."), word=unknown[0][:60])

    def write(self, value: Any) -> str:
        return "\n".join(f"{code} {number}" for code, number in value.items())


@dataclass(frozen=True)
class TimeOfDay(Kind):
    """A clock time, HH:MM."""

    def read(self, words: str) -> str:
        value = words.strip().replace("：", ":")
        value = value.zfill(5)
        self.check(value)
        return value

    def check(self, value: Any) -> None:
        try:
            good = isinstance(value, str) and len(value) == 5 and time.fromisoformat(value) is not None
        except ValueError:
            good = False
        if not good:
            raise BadValue(_l("Please write a time of day like 17:30."))


PARTS = ("morning", "noon", "afternoon", "evening")


@dataclass(frozen=True)
class DayParts(Kind):
    """The four parts of a day, each from a time to a later one: one line each, `morning 08:00 11:30`."""

    several_lines = True

    def read(self, words: str) -> dict[str, list[str]]:
        value: dict[str, list[str]] = {}
        for line in words.replace("：", ":").replace("-", " ").splitlines():
            parts = line.split()
            if parts:
                value[parts[0]] = [TimeOfDay().read(each) for each in parts[1:]]
        self.check(value)
        return value

    def check(self, value: Any) -> None:
        if not isinstance(value, dict) or sorted(value) != sorted(PARTS):
            raise BadValue(_l("Please write all four parts of the day, one a line, like: morning 08:00 11:30."))
        for times in value.values():
            if not isinstance(times, list) or len(times) != 2:
                raise BadValue(_l("Each part of the day needs two times, like: morning 08:00 11:30."))
            for each in times:
                TimeOfDay().check(each)
            if times[0] >= times[1]:
                raise BadValue(_l("A part of the day must end after it begins."))

    def write(self, value: Any) -> str:
        return "\n".join(f"{name} {times[0]} {times[1]}" for name, times in value.items())


@dataclass(frozen=True)
class Text(Kind):
    """A short text of one line."""

    most: int = 40

    def read(self, words: str) -> str:
        value = " ".join(words.split())
        self.check(value)
        return value

    def check(self, value: Any) -> None:
        if not isinstance(value, str) or not 0 < len(value) <= self.most or not value.isprintable():
            raise BadValue(_l("Please write from 1 to %(most)s characters."), most=self.most)


@dataclass(frozen=True)
class Only(Kind):
    """One value and no other: the law, or the way the system is made, leaves no choice."""

    value: Any

    def read(self, words: str) -> Any:
        raise BadValue(_l("This rule can't be changed: the law or the way the books are kept leaves no choice."))

    def check(self, value: Any) -> None:
        if value != self.value or type(value) is not type(self.value):
            raise BadValue(_l("This rule can't be changed: the law or the way the books are kept leaves no choice."))
