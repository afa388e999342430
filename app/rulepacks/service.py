"""Storing settings: the site's defaults once, and what two people agreed to."""

from sqlalchemy import insert, select

from app import clock
from app.db import session
from app.rulepacks.keys import KEYS
from app.rulepacks.models import RuleChange, RuleEntry, Setting
from app.rulepacks.packs import default_since, neutral_pack, stored_source


def load_neutral_pack() -> int:
    """The neutral defaults held by the whole site: how many keys were new. May be repeated.

    A default that stands is never written again: what held yesterday would be answered otherwise. Where a new edition
    of the file differs, a city takes the new value over by a change of its own.
    """
    there = set(session.scalars(select(Setting.key).distinct()))
    new = [entry for entry in neutral_pack()["settings"] if entry["key"] not in there]
    for entry in new:
        KEYS[entry["key"]].kind.check(entry["value"])
    rows = [
        {"unit_code": None, "key": entry["key"], "value": entry["value"], "effective_from": default_since(),
         "pack": neutral_pack()["code"], "source": stored_source(entry["basis"], entry["source_zh"]),
         "made_at": clock.now()}
        for entry in new
    ]  # fmt: skip
    if rows:
        session.execute(insert(Setting), rows)  # in one go, in the order of the file
    return len(new)


def store_agreed(change: RuleChange) -> list[Setting]:
    """The settings of a change that was approved; the database compares each with what was agreed."""
    entries = session.scalars(select(RuleEntry).where(RuleEntry.change_id == change.id).order_by(RuleEntry.key)).all()
    rows = [
        Setting(unit_code=change.unit_code, key=entry.key, value=entry.value, effective_from=change.starts_on,
                pack=change.pack, source=entry.source, change_id=change.id, made_at=clock.now())
        for entry in entries
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    return rows
