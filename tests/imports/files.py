"""Files of a community as its own office would write them, with one cell changed where a test wants it."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from app.access.actor import SYSTEM
from app.needs.importing import import_needs
from app.org.importing import import_units
from app.people.importing import import_elders, import_volunteers
from tests.factories import make_rules

CODE = "330203001001"
ORG = {
    "code": CODE, "official_name": "柳汀社区居民委员会", "short_name": "柳汀社区", "kind": "community",
    "street_code": "330203001", "street_name": "南门街道", "district_code": "330203", "district_name": "海曙区",
    "city_code": "3302", "city_name": "宁波市", "province_name": "浙江省",
}  # fmt: skip
ELDER = {
    "code": "E1", "name": "竺阿菊", "sex": "f", "birth_date": "1940-02-29", "phone": "138 0574 0001",
    "community_code": CODE, "grid_no": "2", "address": "柳汀街12号", "lat_deg": "29.8700", "lon_deg": "121.5400",
    "categories": "alone|minimum_allowance", "ability": "mild", "languages": "wuu|zh", "consent_date": "2026-05-01",
    "emergency_name": "竺明", "emergency_phone": "0574-87654321",
}  # fmt: skip
VOLUNTEER = {
    "code": "V1", "name": "裘刚", "sex": "m", "birth_date": "1990-07-01", "phone": "13805740002",
    "community_code": CODE, "address": "柳汀街14号", "lat_deg": "29.8705", "lon_deg": "121.5402",
    "skills": "companionship|shopping", "languages": "wuu|zh", "reach_m": "900", "max_visits_per_day": "2",
    "max_minutes_per_week": "300", "vetted_until": "2027-06-01", "insured_until": "2027-06-01",
    "teams": "楼栋长|代办队", "free": "mon 08:00-12:00|wed 08:00-12:00|wed 12:00-18:00",
}  # fmt: skip
NEED = {
    "code": "N1", "elder_code": "E1", "menu_item": "companion-chat", "day": "2026-06-17", "earliest_start": "09:00",
    "latest_start": "10:30", "duration_min": "60", "volunteers_needed": "1", "same_sex": "0", "regular_code": "V1",
    "note": "请带老花镜，谢谢",
}  # fmt: skip
IMPORTERS = {"elders": import_elders, "volunteers": import_volunteers, "needs": import_needs}
FIRST = {"elders": ELDER, "volunteers": VOLUNTEER, "needs": NEED}


def table(*rows: Mapping[str, str], columns: Sequence[str] = (), encoding: str = "utf-8") -> bytes:
    """These rows as a file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns or list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def make_community() -> None:
    """The menu, the rules, and the organisation from its file."""
    make_rules()
    import_units(SYSTEM, table(ORG))


def bring(kind: str, *rows: Mapping[str, str], unit_code: str = CODE, **how: Any) -> Any:
    """The report of importing these rows (one good row when none is given)."""
    return IMPORTERS[kind](SYSTEM, table(*(rows or (FIRST[kind],))), unit_code=unit_code, **how)


def make_all() -> None:
    """The community with its one elder, one volunteer and one order."""
    make_community()
    for kind in IMPORTERS:
        bring(kind)
