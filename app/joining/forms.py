"""What is posted on a question page of joining: the answers with this one in them, or a sentence beside its field."""

from collections.abc import Callable
from datetime import date

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app import clock
from app.errors import Invalid
from app.joining.answers import Answers
from app.joining.queries import PARTS, age_needed
from app.joining.service import ZONE, TooYoung, too_young
from app.menu.queries import skill_codes
from app.org.models import UnitLevel
from app.org.queries import find_unit
from app.web.filters import age_on

Posted = MultiDict[str, str]
LONGEST_NAME, LONGEST_ADDRESS = 60, 200
YOUNGEST, OLDEST = 6, 110
REACHES_M = (400, 800, 1500, 3000)
LANGUAGES = ("zh", "eng", "yue", "wuu", "nan", "hak")


def read(step: str, posted: Posted, answers: Answers) -> Answers:
    """The answers with those of this page; Invalid for what cannot be read."""
    return READERS[step](posted, answers)


def typed(step: str, posted: Posted, answers: Answers) -> Answers:
    """The answers as they were typed, right or wrong: a page with an error shows them again."""
    return TYPED.get(step, lambda _posted, kept: kept)(posted, answers)


def _about(posted: Posted, answers: Answers) -> Answers:
    errors, name, sex = {}, _one_line(posted.get("name", "")), posted.get("sex", "")
    if not any(c.isalpha() for c in name):
        errors["name"] = _("Enter your name as it stands on your identity card.")
    elif len(name) > LONGEST_NAME:
        errors["name"] = _("Use at most %(count)s characters.", count=LONGEST_NAME)
    if sex not in ("f", "m"):
        errors["sex"] = _("Choose woman or man.")
    _stop(errors)
    return answers.with_answers(name=name, sex=sex)


def _birth(posted: Posted, answers: Answers) -> Answers:
    try:
        born = date.fromisoformat(posted.get("birth_date", ""))
    except ValueError:
        raise Invalid({"birth_date": _("Enter your birth date with year, month and day.")}) from None
    today = clock.today(ZONE)
    if born > today or not YOUNGEST <= age_on(born, today) <= OLDEST:
        raise Invalid({"birth_date": _("This birth date cannot be right. Please check the year.")})
    return answers.with_answers(birth_date=born.isoformat())


def _guardian(posted: Posted, answers: Answers) -> Answers:
    name = _one_line(posted.get("guardian_name", ""))[:LONGEST_NAME]
    if not any(c.isalpha() for c in name):
        raise Invalid({"guardian_name": _("Enter the name of your mother, father or guardian, who comes along.")})
    return answers.with_answers(guardian_name=name)


def _home(posted: Posted, answers: Answers) -> Answers:
    errors, code, address = {}, posted.get("unit_code", ""), _one_line(posted.get("address", ""))
    unit = find_unit(code)
    if unit is None or unit.level not in (UnitLevel.COMMUNITY, UnitLevel.GRID):
        errors["unit_code"] = _("Choose your grid, or “I don't know my grid”.")
    elif too_young(answers, code):
        errors["unit_code"] = TooYoung(age=age_needed(code)).sentence()
    if len(address) > LONGEST_ADDRESS:
        errors["address"] = _("Use at most %(count)s characters.", count=LONGEST_ADDRESS)
    _stop(errors)
    return answers.with_answers(unit_code=code, address=address)


def _skills(posted: Posted, answers: Answers) -> Answers:
    known = skill_codes()
    skills = tuple(code for code in dict.fromkeys(posted.getlist("skills")) if code in known)
    languages = tuple(word for word in LANGUAGES if word in posted.getlist("languages"))
    errors = {}
    if not skills:
        errors["skills"] = _("Tick at least one thing that you can do. Keeping company is one.")
    if not languages:
        errors["languages"] = _("Tick at least one language that you speak.")
    _stop(errors)
    return answers.with_answers(skills=skills, languages=languages)


def _reach(posted: Posted, answers: Answers) -> Answers:
    word = posted.get("reach_m", "")
    if word not in {str(metres) for metres in REACHES_M}:
        raise Invalid({"reach_m": _("Choose how far you like to walk.")})
    return answers.with_answers(reach_m=int(word))


def _times(posted: Posted, answers: Answers) -> Answers:
    ticked = _ticked(posted)
    if not ticked:
        raise Invalid({"times": _("Tick at least one time. You can change it whenever you want.")})
    return answers.with_answers(times=ticked)


def _pledge(posted: Posted, answers: Answers) -> Answers:
    if posted.get("pledged") != "1":
        raise Invalid({"pledged": _("Without your word we cannot send you to an elder. Tick it if you agree.")})
    return answers.with_answers(pledged=True)


def _ticked(posted: Posted) -> tuple[str, ...]:
    possible = [f"{weekday}-{part}" for weekday in range(7) for part in PARTS]
    chosen = set(posted.getlist("times"))
    return tuple(word for word in possible if word in chosen)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _stop(errors: dict[str, str]) -> None:
    if errors:
        raise Invalid(errors)


Reader = Callable[[Posted, Answers], Answers]
READERS: dict[str, Reader] = {
    "about": _about, "birth": _birth, "guardian": _guardian, "home": _home, "skills": _skills, "reach": _reach,
    "times": _times, "pledge": _pledge,
}  # fmt: skip
TYPED: dict[str, Reader] = {
    "about": lambda posted, kept: kept.with_answers(name=posted.get("name", ""), sex=posted.get("sex", "")),
    "guardian": lambda posted, kept: kept.with_answers(guardian_name=posted.get("guardian_name", "")),
    "home": lambda posted, kept: kept.with_answers(address=posted.get("address", "")),
    "skills": lambda posted, kept: kept.with_answers(
        skills=tuple(posted.getlist("skills")), languages=tuple(posted.getlist("languages"))
    ),
}
