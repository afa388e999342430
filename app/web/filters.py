"""Things as people say them, in the reader's language: minutes, days, distances, phones, names.

Every function is pure but for the language of the request (and today, where it is not given), and may be called from
Python as well as from a template (`{{ need.duration_min|minutes }}`). Minutes never end in a bare 分; a day always
carries its weekday.
"""

import math
import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from flask import Flask
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from app import clock as clock_now

WEEKDAYS_ZH = "一二三四五六日"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HOME_ZONE = "Asia/Shanghai"  # for ages only, where a day more or less changes a word at most
GRANDPARENT_FROM_AGE = 75  # ux/brief: 奶奶/爷爷 from about 75; at 62 the word offends
METRES_PER_MINUTE = 72 / 1.3  # the engine's walking pace over its detour, on the straight line (matching.md)
WALKING_BANDS = (5, 10, 15)  # minutes: what a person may know of a distance before accepting
COMPOUND_SURNAMES = frozenset(
    {
        "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛",
        "尉迟", "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容",
        "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "令狐", "轩辕", "呼延", "百里", "东郭",
        "南门",
    }
)  # fmt: skip
# Surnames whose reading as a name differs from the usual reading of the character.
SURNAME_READINGS = {
    "曾": "Zeng", "单": "Shan", "解": "Xie", "仇": "Qiu", "查": "Zha", "任": "Ren", "区": "Ou",
    "朴": "Piao", "盖": "Ge", "翟": "Zhai", "尉迟": "Yuchi", "万俟": "Moqi", "乐": "Yue", "召": "Shao",
    "缪": "Miao", "覃": "Qin", "冼": "Xian",
}  # fmt: skip


def is_chinese() -> bool:
    """Whether the reader's language is Chinese; without a request, yes (printed sheets, messages by default)."""
    locale = get_locale()
    return locale is None or locale.language == "zh"


# Time ----------------------------------------------------------------------------------------------------------------


def minutes(value: int) -> str:
    """A length of service: "40 分钟", "1 小时 20 分钟", "2 小时"; "40 minutes", "1 hour 20 minutes"."""
    hours, rest = divmod(abs(int(value)), 60)
    parts = []
    if hours:
        parts.append(ngettext("%(count)s hour", "%(count)s hours", hours, count=f"{hours:,}"))
    if rest or not hours:
        parts.append(ngettext("%(num)s minute", "%(num)s minutes", rest))
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    return sign + " ".join(parts)


def about_hours(value: int) -> str:
    """A length that is an estimate: to the nearest hour, "616 小时"."""
    hours = (abs(int(value)) + 30) // 60
    sign = "\N{MINUS SIGN}" if value < 0 and hours else ""
    return sign + ngettext("%(count)s hour", "%(count)s hours", hours, count=f"{hours:,}")


def clock(value: int | time | datetime) -> str:
    """A time of day, "9:30", from minutes since midnight, a time, or an instant already in the unit's zone."""
    if isinstance(value, (time, datetime)):
        return f"{value.hour}:{value.minute:02d}"
    hour, minute = divmod(int(value), 60)
    return f"{hour % 24}:{minute:02d}"


def clock_range(start: int | time | datetime, end: int | time | datetime) -> str:
    """From when to when on one day: "9:00–11:30"; one time when both are the same."""
    first, last = clock(start), clock(end)
    return first if first == last else f"{first}–{last}"


def weekday(value: date | int) -> str:
    """The weekday of a date, or of 0 (Monday) to 6: 周二, Tue."""
    index = value if isinstance(value, int) else value.weekday()
    return f"周{WEEKDAYS_ZH[index]}" if is_chinese() else WEEKDAYS_EN[index]


def day(value: date, *, year: bool = False) -> str:
    """A civil day with its weekday: "11月24日 周二", "Tue 24 Nov"; the year where the page spans several."""
    if is_chinese():
        text = f"{value.month}月{value.day}日 {weekday(value)}"
        return f"{value.year}年{text}" if year else text
    text = f"{weekday(value)} {value.day} {MONTHS_EN[value.month - 1]}"
    return f"{text} {value.year}" if year else text


def day_near(value: date, today: date) -> str:
    """A day as one says it from `today`: "明天 11月24日 周二", "today, Mon 23 Nov"; plain when further away."""
    near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
    word = near.get((value - today).days)
    if word is None:
        return day(value, year=value.year != today.year)
    return f"{word} {day(value)}" if is_chinese() else f"{word}, {day(value)}"


def short_day(value: date) -> str:
    """A civil day in a tight place: "11月24日", "24 Nov"."""
    return f"{value.month}月{value.day}日" if is_chinese() else f"{value.day} {MONTHS_EN[value.month - 1]}"


def month(value: date) -> str:
    """The heading of a month: "2026年11月", "November 2026"."""
    return f"{value.year}年{value.month}月" if is_chinese() else f"{value:%B} {value.year}"


def local(value: datetime, zone: str) -> datetime:
    """An instant in the unit's zone, for `clock` and `day`."""
    return value.astimezone(ZoneInfo(zone))


def from_iso(text: str) -> datetime:
    """An instant that was kept as text, for `local` and `day_time`."""
    return datetime.fromisoformat(text)


def day_time(value: datetime, zone: str) -> str:
    """An instant as day and clock in the unit's zone: "11月24日 周二 9:30", "Tue 24 Nov, 9:30"."""
    here = local(value, zone)
    between = " " if is_chinese() else ", "
    return f"{day(here.date())}{between}{clock(here)}"


def ago(value: datetime, now: datetime) -> str:
    """How long something has waited, in whole words: "3 天", "2 小时", "5 分钟"."""
    passed = max(now - value, timedelta())
    if passed.days:
        return ngettext("%(num)s day", "%(num)s days", passed.days)
    if passed >= timedelta(hours=1):
        hours = int(passed.total_seconds() // 3600)
        return minutes(60 * hours)
    return minutes(int(passed.total_seconds() // 60))


# Distance ------------------------------------------------------------------------------------------------------------


def metres(value: float) -> str:
    """A length: "620 米", "1.4 公里"; "620 m", "1.4 km". Rounded to 10 m, as nobody walks to the metre."""
    whole = round(value / 10) * 10
    if whole < 1000:
        return f"{whole} 米" if is_chinese() else f"{whole} m"
    kilometres = f"{whole / 1000:.1f}".removesuffix(".0")
    return f"{kilometres} 公里" if is_chinese() else f"{kilometres} km"


def walk(value: int) -> str:
    """Minutes on foot where they may be told exactly: "走路 6 分钟", "6 minutes on foot"."""
    return _("%(time)s on foot", time=minutes(value))


def walking_band(metres_away: float) -> str:
    """How far, no finer than a person may know before accepting: "走路 10 分钟以内", "more than 15 minutes on foot"."""
    needed = math.ceil(metres_away / METRES_PER_MINUTE)
    for band in WALKING_BANDS:
        if needed <= band:
            return _("within %(time)s on foot", time=minutes(band))
    return _("more than %(time)s on foot", time=minutes(WALKING_BANDS[-1]))


# Phones --------------------------------------------------------------------------------------------------------------


def _national(number: str) -> str:
    """The digits as dialled at home: without +86 (or 0086) before a mobile number."""
    digits = "".join(c for c in number if c.isdigit()).removeprefix("00")
    return digits.removeprefix("86") if len(digits) == 13 else digits


@lru_cache(maxsize=4096)
def phone(number: str) -> str:
    """A phone number grouped for reading: "138 1234 5678", "0717-655 4321"; what cannot be read stays as it is."""
    digits = _national(number)
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    try:
        parsed = phonenumbers.parse(number, "CN")
    except phonenumbers.NumberParseException:
        return number
    code = phonenumbers.length_of_national_destination_code(parsed)
    national = phonenumbers.national_significant_number(parsed)
    if parsed.country_code != 86 or not code:
        return number
    area, rest = national[:code], national[code:]
    return f"0{area}-{rest[:-4]} {rest[-4:]}"


def phone_masked(number: str) -> str:
    """A phone number that only its owner recognises: "138****5678"."""
    digits = _national(number)
    if len(digits) < 8:
        return "****"
    return f"{digits[:3]}****{digits[-4:]}"


def tel_uri(number: str) -> str:
    """The address that dials a number."""
    return "tel:" + "".join(c for c in number if c.isdigit() or c == "+")


# Names ---------------------------------------------------------------------------------------------------------------


def surname(name: str) -> str:
    """The family name of a Chinese name (two characters for 欧阳 and its like), or the last word of another."""
    name = name.strip()
    if name.isascii():
        return name.split()[-1] if name else ""
    if len(name) > 2 and name[:2] in COMPOUND_SURNAMES:
        return name[:2]
    return name[:1]


@lru_cache(maxsize=1024)
def surname_pinyin(family: str) -> str:
    """A family name in Latin letters: 王 Wang, 欧阳 Ouyang; names have their own readings (单 Shan, 曾 Zeng)."""
    if family.isascii():
        return family
    if family in SURNAME_READINGS:
        return SURNAME_READINGS[family]
    from pypinyin import Style, lazy_pinyin  # its table of readings takes a while to load

    return "".join(lazy_pinyin(family, style=Style.NORMAL)).capitalize()


def age_on(birth_date: date, on: date) -> int:
    """Completed years of age."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def addressed(person: Any, sex: str | None = None, birth_date: date | None = None, on: date | None = None) -> str:
    """How a neighbour addresses an elder: 王奶奶, 王爷爷 from 75; 王阿姨, 王叔叔 below; "Grandma Wang" in English.

    Takes a Person, or a name with sex ("f", "m") and birth date; `on` is today where it is not given. Where sex or
    birth date is not known the word is the one nobody minds.
    """
    if not isinstance(person, str):
        sex, birth_date, person = person.sex, person.birth_date, person.name
    on = on or clock_now.today(HOME_ZONE)
    family = surname(person)
    if not is_chinese():
        family = surname_pinyin(family)
    grand = birth_date is None or age_on(birth_date, on) >= GRANDPARENT_FROM_AGE
    if sex == "f":
        return _("Grandma %(name)s", name=family) if grand else _("Auntie %(name)s", name=family)
    if sex == "m":
        return _("Grandpa %(name)s", name=family) if grand else _("Uncle %(name)s", name=family)
    return _("Neighbour %(name)s", name=family)


def age_band(birth_date: date, on: date | None = None) -> str:
    """An age no finer than ten years: "80 多岁", "over 80 years old"."""
    decade = age_on(birth_date, on or clock_now.today(HOME_ZONE)) // 10 * 10
    return _("over %(age)s years old", age=decade)


def colon() -> str:
    """What stands between a name and what is said of it."""
    return _(": ")


def masked(name: str) -> str:
    """A name as it may stand in public: 王秀芳 王*芳, 王芳 王*, 欧阳娜娜 欧阳*娜; "W. Wang" becomes "W*"."""
    name = name.strip()
    if not name:
        return "*"
    if name.isascii():
        return name[0] + "*"
    family = surname(name)
    given = name[len(family) :]
    return f"{family}*{given[-1]}" if len(given) > 1 else f"{family}*"


# Places --------------------------------------------------------------------------------------------------------------

GRID_NAME = re.compile(r"第(\d+)网格")


def unit_name(name: str) -> str:
    """The name of a unit for the reader: a grid is called by its number, "Grid 3"; other names stay as they are."""
    found = None if is_chinese() else GRID_NAME.fullmatch(name)
    return f"Grid {found.group(1)}" if found else name


# Figures -------------------------------------------------------------------------------------------------------------


def percent(part: float, whole: float) -> str:
    """A share in whole per cent, "96%"; a dash where there is nothing to share."""
    return f"{round(100 * part / whole)}%" if whole else "–"


def figure(value: float) -> str:
    """A count with thousands marked: 9,120."""
    return f"{value:,}"


def in_language(thing: Any, stem: str = "") -> str:
    """The text of a row that is kept in both languages: `item|in_language("name")` reads name_zh or name_en.

    Without a stem it reads zh or en, as skills and settings keep them.
    """
    wanted, other = ("zh", "en") if is_chinese() else ("en", "zh")
    get = thing.get if isinstance(thing, dict) else lambda key: getattr(thing, key)
    before = f"{stem}_" if stem else ""
    return str(get(before + wanted) or get(before + other) or "")


def item_name(item: Any) -> str:
    """The name of a menu item in the reader's language."""
    return in_language(item, "name")


FILTERS = (
    minutes, about_hours, clock, clock_range, from_iso, weekday, day, day_near, short_day, month, local, day_time,
    ago, metres, walk,
    walking_band, phone, phone_masked, tel_uri, surname, addressed, age_band, masked, percent, figure,
    in_language, item_name, unit_name,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Make every function above a template filter of the same name; item_name may also be called."""
    app.jinja_env.globals.update(item_name=item_name, colon=colon)
    for function in FILTERS:
        app.jinja_env.filters[function.__name__] = function
