"""The people of the demo: invented, the same at every loading (one seed), plausible in age, home and gifts.

Names are Faker's, drawn until they sound like the age; phone numbers are of one invented block.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from app.demo.place import Grid, grids, near
from app.people.models import Ability
from app.people.service import ElderEntry, VolunteerEntry

SEED = 20261122
ELDERS = 120
VOLUNTEERS = 60
OF_THEIR_AGE = {
    "f": set("秀桂玉兰英珍凤淑荣芳梅云霞"),
    "m": set("国建华军平明志成文德荣林"),
}  # fmt: skip
MOST_DRAWS = 12

T = TypeVar("T")
Window = tuple[int, int, int]
"""Free every week: weekday (0 Monday), from and until in minutes since midnight."""


class Town:
    """Draws the neighbours one after the other; every draw comes from the one seed."""

    def __init__(self, today: date) -> None:
        from faker import Faker  # takes a while to load: only the first loading pays it

        self.today = today
        self.dice = Random(SEED)
        self.names = Faker("zh_CN")
        self.names.seed_instance(SEED)
        self.grids = grids()
        self._phone = 0
        self._taken: set[str] = set()

    def phone(self) -> str:
        """The next number of the block that the demo uses."""
        self._phone += 1
        return f"+861380000{self._phone + 1000:04d}"

    def name(self, sex: str, *, elderly: bool = False, surname: str | None = None) -> str:
        """A name that nobody has yet; an elderly one sounds so where the draws allow."""
        given = self.names.first_name_female if sex == "f" else self.names.first_name_male
        best = ""
        for draw in range(MOST_DRAWS):
            first, last = given(), surname or self.names.last_name()
            if f"{last}{first}" in self._taken:
                continue
            best = best or f"{last}{first}"
            if not elderly or set(first) & OF_THEIR_AGE[sex] or draw == MOST_DRAWS - 1:
                best = f"{last}{first}"
                break
        self._taken.add(best)
        return best

    def born(self, youngest: int, oldest: int) -> date:
        """A birth date of that age, in whole years."""
        days = self.dice.randint(youngest * 365 + 90, oldest * 365)
        return self.today - timedelta(days=days)

    def grid(self) -> Grid:
        """A grid, the more likely the more elders live in it."""
        return self.dice.choices(self.grids, weights=[grid.elders for grid in self.grids])[0]

    def home(self, grid: Grid) -> tuple[str, float, float]:
        """An address in the grid and its point; doors of one building share it."""
        building = self.dice.randint(1, 6)
        of_building = Random(f"{SEED} {grid.code} {building}")
        lat_deg, lon_deg = near(of_building, grid.lat_deg, grid.lon_deg, metres=70)
        unit, floor, door = self.dice.randint(1, 3), self.dice.randint(1, 7), self.dice.randint(1, 2)
        return f"{grid.number}网格{building}栋{unit}单元{floor}0{door}", lat_deg, lon_deg


# Elders --------------------------------------------------------------------------------------------------------------

AGES = ((60, 69, 25), (70, 79, 42), (80, 89, 27), (90, 96, 6))
CATEGORIES = (
    (("alone",), 20), (("empty_nest",), 24), ((), 44), (("alone", "minimum_allowance"), 3), (("left_behind",), 2),
    (("severely_disabled",), 3), (("special_family", "alone"), 2), (("extreme_poverty", "alone"), 2),
)  # fmt: skip
ABILITIES = (
    (Ability.INTACT, 62), (Ability.MILD, 20), (Ability.MODERATE, 10), (Ability.SEVERE, 6), (Ability.TOTAL, 2),
)  # fmt: skip
LANGUAGES = ((("zh",), 94), (("tji", "zh"), 4), (("wuu", "zh"), 2))  # Tujia from the mountains, Wu from the coast
NOTES = {
    Ability.MODERATE: ("腿脚不便，上下楼要扶。", "耳背，说话请大声一点。", "血压高，提醒按时吃药。"),
    Ability.SEVERE: ("坐轮椅，出门要两个人。", "半边身子不便，用右手。"),
    Ability.TOTAL: ("卧床，家里有护工。",),
}
SAFE_WORDS = ("腊梅", "东山", "白鸽", "江风", "柚子", "春茶")


def elders(town: Town) -> Iterator[ElderEntry]:
    """Every elder of the demo but Aunt Chen."""
    for number in range(1, ELDERS):
        yield _elder(town, code=f"E{number + 1:03d}")


def _elder(town: Town, *, code: str) -> ElderEntry:
    dice = town.dice
    sex = "f" if dice.random() < 0.58 else "m"
    youngest, oldest, _ = dice.choices(AGES, weights=[age[2] for age in AGES])[0]
    ability = _one(dice, ABILITIES)
    grid = town.grid()
    address, lat_deg, lon_deg = town.home(grid)
    name = town.name(sex, elderly=True)
    categories = _one(dice, CATEGORIES)
    has_child = "special_family" not in categories and dice.random() < 0.85
    return ElderEntry(
        name=name,
        sex=sex,
        unit_code=grid.code,
        birth_date=town.born(youngest, oldest),
        phone=town.phone() if dice.random() < 0.8 else "",
        address=address,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        categories=categories,
        ability=ability,
        languages=_one(dice, LANGUAGES),
        consent_date=town.today - timedelta(days=dice.randint(70, 400)),
        emergency_name=town.name(dice.choice("fm"), surname=name[0] if sex == "m" else None) if has_child else "",
        emergency_phone=town.phone() if has_child else "",
        safe_word=dice.choice(SAFE_WORDS) if dice.random() < 0.3 else "",
        health_note=dice.choice(NOTES[ability]) if ability in NOTES else "",
        code=code,
    )


def _one(dice: Random, table: tuple[tuple[T, int], ...]) -> T:
    return dice.choices([row[0] for row in table], weights=[row[1] for row in table])[0]


# Volunteers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A kind of volunteer: how many there are, how old, what they can do, and when they have time."""

    name: str
    count: int
    ages: tuple[int, int]
    skills: tuple[str, ...]
    sometimes: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    free: str = "retired"
    team: str | None = None


ERRANDS, BUILDINGS, STUDENTS = "代办队", "楼栋长", "大学生志愿队"
KINDS = (
    Kind("neighbour", 16, (56, 69), ("companionship", "phone_greeting", "shopping", "errands"),
         ("walking_escort", "housework", "medicine_pickup", "care_visit", "pet_care")),
    Kind("building head", 7, (52, 68), ("companionship", "care_visit", "safety_knock", "errands", "phone_greeting"),
         ("home_safety", "walking_escort"), team=BUILDINGS),
    Kind("errand agent", 6, (45, 66), ("errands", "shopping", "medicine_pickup", "service_errands"),
         ("companionship",), ("errand_agent",), team=ERRANDS),
    Kind("meal carrier", 6, (48, 66), ("meal_delivery", "shopping", "errands"), ("companionship",),
         ("health_certificate",), free="midday"),
    Kind("escort", 6, (50, 65), ("hospital_escort", "walking_escort", "wheelchair", "medicine_pickup"),
         ("companionship", "dementia_aware"), ("escort_training",), free="long days"),
    Kind("repairer", 4, (50, 68), ("minor_repair", "lifting", "home_safety"), ()),
    Kind("nurse, retired", 3, (55, 66), ("health_check", "walking_escort", "companionship"), ("wheelchair",),
         ("health_training", "first_aid")),
    Kind("student", 6, (19, 23), ("phone_lesson", "fraud_prevention", "arts", "companionship"),
         ("life_story", "pet_care"), free="student", team=STUDENTS),
    Kind("barber", 1, (40, 60), ("haircut", "companionship"), (), free="every day"),
    Kind("doctor, retired", 1, (62, 70), ("health_advice", "health_check"), (), ("medical_licence", "health_training"),
         free="afternoons"),
    Kind("counsellor", 1, (35, 55), ("psych_support", "companionship"), (), ("psych_support_cert",),
         free="afternoons"),
    Kind("lawyer", 1, (35, 55), ("legal_advice", "fraud_prevention"), (), ("legal_licence",), free="afternoons"),
)  # fmt: skip
EVERY_DAY = range(7)
MORNING, AFTERNOON = (8 * 60 + 30, 11 * 60 + 30), (14 * 60, 17 * 60 + 30)
LONG_DAY = ((7 * 60 + 30, 13 * 60), (13 * 60 + 30, 18 * 60))  # a morning at the hospital is longer than a morning
MIDDAY, SUPPER = (10 * 60 + 30, 13 * 60 + 30), (16 * 60 + 30, 19 * 60 + 30)
LATE, WHOLE = (16 * 60, 20 * 60), (8 * 60 + 30, 17 * 60)


@dataclass(frozen=True)
class Helper:
    """A volunteer as she is enrolled, with her weekly times, team, and what the papers say."""

    entry: VolunteerEntry
    kind: Kind
    free: tuple[Window, ...]


def volunteers(town: Town) -> Iterator[Helper]:
    """Every volunteer of the demo but Bo and Dan."""
    number = 2
    for kind in KINDS:
        for _ in range(kind.count):
            number += 1
            yield _volunteer(town, kind, code=f"V{number:03d}")


def _volunteer(town: Town, kind: Kind, *, code: str) -> Helper:
    dice = town.dice
    sex = "f" if dice.random() < 0.62 else "m"
    address, lat_deg, lon_deg = town.home(grid := town.grid())
    extra = [skill for skill in kind.sometimes if dice.random() < 0.5]
    entry = VolunteerEntry(
        name=town.name(sex, elderly=kind.ages[0] > 45),
        sex=sex,
        unit_code=grid.code,
        birth_date=town.born(*kind.ages),
        phone=town.phone(),
        address=address,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        skills=(*kind.skills, *extra, *kind.credentials),
        languages=("zh", "tji") if dice.random() < 0.06 else ("zh",),
        reach_m=dice.choice((500, 700, 800, 1000, 1000, 1200)) if kind.count > 1 else 1500,
        max_visits_per_day=dice.choice((2, 2, 3, 3)),
        max_minutes_per_week=dice.choice((360, 480, 600)),
        vetted_until=town.today + timedelta(days=dice.randint(200, 700)),
        insured_until=town.today + timedelta(days=dice.randint(60, 360)),
        trained_until=town.today + timedelta(days=dice.randint(200, 700)),
        pledged=True,
        code=code,
        skills_confirmed=True,
    )
    return Helper(entry=entry, kind=kind, free=tuple(_times(dice, kind.free)))


def _times(dice: Random, pattern: str) -> Iterator[Window]:
    if pattern == "student":
        days = sorted({2, 5, 6, *dice.sample(range(5), 2)})
        yield from ((day, *(LATE if day < 5 else WHOLE)) for day in days)
        return
    if pattern == "every day":
        yield from ((day, *part) for day in EVERY_DAY for part in LONG_DAY)
        return
    days = sorted(dice.sample(EVERY_DAY, dice.randint(5, 7)))
    for day in days:
        if pattern == "midday":
            yield from ((day, *part) for part in (MIDDAY, SUPPER) if part is MIDDAY or dice.random() < 0.5)
        elif pattern == "long days":
            yield from ((day, *part) for part in LONG_DAY)
        elif pattern == "afternoons":
            yield (day, *AFTERNOON)
        else:
            yield from ((day, *part) for part in (MORNING, AFTERNOON) if dice.random() < 0.8)
