"""What the time bank is called in a place, which is a rule too: some cities avoid the word bank."""

from datetime import date

from app.rulepacks.queries import setting
from app.web.filters import is_chinese


def scheme_name(unit_code: str, *, on: date) -> str:
    """The public name in the reader's language."""
    return str(setting(unit_code, "scheme_name_zh" if is_chinese() else "scheme_name_en", on=on))


def coins(minutes: int, unit_code: str, *, on: date) -> int:
    """Whole time coins that so many minutes are shown as."""
    return minutes // int(setting(unit_code, "minutes_per_coin", on=on))
