"""What a neighbour has answered so far on the way to becoming a volunteer: kept in her own browser until she enrols."""

from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any

STEPS = ("about", "birth", "guardian", "home", "skills", "reach", "times", "pledge", "check")
"""The question pages in their order; guardian is asked of minors only."""


@dataclass(frozen=True)
class Answers:
    """Plain values, as they stand in a cookie. `times` holds "weekday-part" like "0-morning"."""

    phone: str = ""  # proved by a code (or known from her session)
    name: str = ""
    sex: str = ""
    birth_date: str = ""
    guardian_name: str = ""
    unit_code: str = ""
    address: str = ""
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("zh",)
    reach_m: int = 0  # not asked yet
    times: tuple[str, ...] = ()
    pledged: bool = False

    @property
    def born(self) -> date | None:
        """The birth date, None before it was asked."""
        return date.fromisoformat(self.birth_date) if self.birth_date else None

    def with_answers(self, **given: Any) -> "Answers":
        """The same with these answers."""
        return replace(self, **given)

    def packed(self) -> dict[str, Any]:
        """As a cookie keeps it."""
        return asdict(self)


def unpacked(kept: dict[str, Any] | None) -> Answers:
    """What `packed` made; words of an older version of the site are passed over."""
    known = {each.name for each in fields(Answers)}
    given: dict[str, Any] = {key: value for key, value in (kept or {}).items() if key in known}
    given |= {key: tuple(value) for key, value in given.items() if isinstance(value, list)}
    return Answers(**given)


def step_before(step: str, *, is_minor: bool) -> str:
    """The question before this one, "" for the first."""
    asked = [each for each in STEPS if each != "guardian" or is_minor]
    return asked[asked.index(step) - 1] if step in asked[1:] else ""


def first_open(answers: Answers, *, is_minor: bool) -> str:
    """The first question that has no answer yet; "check" when all have."""
    answered = {
        "about": answers.name and answers.sex,
        "birth": answers.birth_date,
        "guardian": answers.guardian_name or not is_minor,
        "home": answers.unit_code,
        "skills": answers.skills,
        "reach": answers.reach_m,
        "times": answers.times,
        "pledge": answers.pledged,
    }
    return next((step for step, answer in answered.items() if not answer), "check")
