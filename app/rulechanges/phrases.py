"""The sentences of a preview, in the reader's language."""

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.rulechanges.counting import DAYS_BACK
from app.rulechanges.sayings import filled
from app.web.filters import figure, minutes

Effect = dict[str, Any]


def sentences(effects: Sequence[Effect]) -> list[str]:
    """What a change of one key would touch. A preview of earlier times may have no count: then that is said."""
    if not effects:
        return [_("No count can be computed for this rule: read it with the people it concerns.")]
    return [_sentence(effect) for effect in effects]


def _sentence(effect: Effect) -> str:
    said = SAID.get(effect["say"])
    return said(effect) if said is not None else filled(effect)


def _n(effect: Effect, name: str = "n") -> str:
    return figure(effect[name])


def _passbooks(e: Effect) -> str:
    return ngettext("There is %(count)s passbook here.", "There are %(count)s passbooks here.", e["n"], count=_n(e))


def _cap_above(e: Effect) -> str:
    if not e["n"]:
        return _("Nobody is above the new limit. 0 minutes are lost.")
    above = ngettext("%(count)s person is above the new limit, by %(time)s in all.",
                     "%(count)s people are above the new limit, by %(time)s in all.",
                     e["n"], count=_n(e), time=minutes(e["minutes"]))  # fmt: skip
    return above + _(" 0 minutes are lost: the surplus stays, new surplus goes to the fund.")


def _cap_room(e: Effect) -> str:
    return ngettext("%(count)s person who stood at the old limit can store again.",
                    "%(count)s people who stood at the old limit can store again.", e["n"], count=_n(e))  # fmt: skip


def _earn_day(e: Effect) -> str:
    return _("In the last %(days)s days %(over)s of %(all)s volunteer days were above it, by %(time)s in all. That "
             "time would have stayed on the service record without being stored.",
             days=DAYS_BACK, over=_n(e, "over"), all=_n(e), time=minutes(e["minutes"]))  # fmt: skip


def _earn_pair(e: Effect) -> str:
    return _("In the last %(days)s days %(over)s of %(all)s days of a volunteer with an elder were above it, by "
             "%(time)s in all. That time would have stayed on the service record without being stored.",
             days=DAYS_BACK, over=_n(e, "over"), all=_n(e), time=minutes(e["minutes"]))  # fmt: skip


def _rounding(e: Effect) -> str:
    return _("Of %(all)s visits of the last %(days)s days %(changed)s would have stored another time: %(time)s in all.",
             all=_n(e), days=DAYS_BACK, changed=_n(e, "changed"), time=minutes(e["minutes"]))  # fmt: skip


def _least_credit(e: Effect) -> str:
    return _("Of %(all)s visits of the last %(days)s days %(changed)s were so short that it would have mattered.",
             all=_n(e), days=DAYS_BACK, changed=_n(e, "changed"))  # fmt: skip


def _expiry(e: Effect) -> str:
    return _("%(people)s people have time stored for longer than %(months)s months: %(time)s. It would lapse after the "
             "two notices unless they use it.",
             people=_n(e), months=e["months"], time=minutes(e["minutes"]))  # fmt: skip


def _no_expiry(_e: Effect) -> str:
    return _("No stored time lapses. 0 minutes are lost.")


def _stars(e: Effect) -> str:
    return _("Of %(all)s volunteers %(more)s would have more stars and %(fewer)s fewer.",
             all=_n(e), more=_n(e, "more"), fewer=_n(e, "fewer"))  # fmt: skip


def _priced(e: Effect) -> str:
    return _("The %(all)s visits of the last %(days)s days stored %(old)s. By the new rule they would have stored "
             "%(new)s. What is stored stays as it is; the record keeps real minutes.",
             all=_n(e), days=DAYS_BACK, old=minutes(e["old"]), new=minutes(e["new"]))  # fmt: skip


def _priced_orders(e: Effect) -> str:
    return ngettext("%(count)s open order is for an item with a price; it keeps what was held for it.",
                    "%(count)s open orders are for items with a price; they keep what was held for them.",
                    e["n"], count=_n(e))  # fmt: skip


def _prices_wait(_e: Effect) -> str:
    return _("The list is printed but not used: credit goes by the minute here.")


def _ratio(e: Effect) -> str:
    return _("For the %(all)s visits of the last %(days)s days the fund would have paid %(time)s more. It holds "
             "%(fund)s now.",
             all=_n(e), days=DAYS_BACK, time=minutes(e["minutes"]), fund=minutes(e["fund"]))  # fmt: skip


def _age_later(e: Effect) -> str:
    return _("%(people)s people with %(time)s stored are younger than %(age)s and could not use it yet. 0 minutes are "
             "lost: it waits for them, and orders are paid by the next payer.",
             people=_n(e), time=minutes(e["minutes"]), age=e["age"])  # fmt: skip


def _age_sooner(e: Effect) -> str:
    return _("%(people)s people with %(time)s stored could use it sooner.",
             people=_n(e), time=minutes(e["minutes"]))  # fmt: skip


def _payers(e: Effect) -> str:
    return _("In the last %(days)s days %(own)s orders were held from elders' own time, %(pool)s from the family's and "
             "%(fund)s from the community fund.",
             days=DAYS_BACK, own=_n(e, "own"), pool=_n(e, "pool"), fund=_n(e, "fund"))  # fmt: skip


def _empty_elders(e: Effect) -> str:
    return _("%(empty)s of %(all)s elders have nothing stored. Their orders are taken all the same.",
             empty=_n(e, "empty"), all=_n(e))  # fmt: skip


def _empty_ask(e: Effect) -> str:
    return _("%(empty)s of %(all)s elders have nothing stored. A coordinator would look at their orders first where "
             "the fund cannot pay.", empty=_n(e, "empty"), all=_n(e))  # fmt: skip


def _empty_refused(e: Effect) -> str:
    return _("%(empty)s of %(all)s elders have nothing stored. Where no other payer can, their orders would not be "
             "taken.", empty=_n(e, "empty"), all=_n(e))  # fmt: skip


def _seed(e: Effect) -> str:
    return _("%(elders)s elders are listed here. The fund would need %(new)s a month for them instead of %(old)s.",
             elders=_n(e), new=minutes(e["new"]), old=minutes(e["old"]))  # fmt: skip


def _seed_classes(e: Effect) -> str:
    return _("%(new_n)s elders would be listed instead of %(old_n)s. The fund would need %(new)s a month for them "
             "instead of %(old)s.", new_n=_n(e), old_n=_n(e, "old_n"), new=minutes(e["new"]),
             old=minutes(e["old"]))  # fmt: skip


def _credit_line(e: Effect) -> str:
    return _("%(count)s passbooks keep the limit they were opened with; the rule is for those opened later.",
             count=_n(e))  # fmt: skip


def _review(e: Effect) -> str:
    return _("Of %(all)s orders of the last %(days)s days %(new)s would have waited for a look because of their risk, "
             "instead of %(old)s.", all=_n(e), days=DAYS_BACK, new=_n(e, "new"), old=_n(e, "old"))  # fmt: skip


def _agreement(e: Effect) -> str:
    return _("Of %(all)s open orders %(new)s would need an agreement in writing, instead of %(old)s.",
             all=_n(e), new=_n(e, "new"), old=_n(e, "old"))  # fmt: skip


def _insurance(e: Effect) -> str:
    return _("%(orders)s open orders would need an insured volunteer. %(bare)s of %(all)s volunteers are not "
             "insured.",
             orders=_n(e, "orders"), bare=_n(e, "bare"), all=_n(e))  # fmt: skip


def _items_off(e: Effect) -> str:
    return _("%(items)s more items would be off. They were ordered %(count)s times in the last %(days)s days; %(open)s "
             "open orders for them stay.",
             items=_n(e, "items"), count=_n(e), days=DAYS_BACK, open=_n(e, "open"))  # fmt: skip


def _silence(e: Effect) -> str:
    return ngettext("%(count)s visit waits for a yes now.", "%(count)s visits wait for a yes now.",
                    e["n"], count=_n(e))  # fmt: skip


def _least_age(e: Effect) -> str:
    return ngettext("%(count)s volunteer is younger than %(age)s.", "%(count)s volunteers are younger than %(age)s.",
                    e["n"], count=_n(e), age=e["age"])  # fmt: skip


def _probation(e: Effect) -> str:
    return _("%(count)s volunteers still go beside somebody; %(done)s of them would have made enough visits.",
             count=_n(e), done=_n(e, "done"))  # fmt: skip


def _default_limit(e: Effect) -> str:
    return _("The %(count)s volunteers here keep the limits they have; the rule is for those who enrol later.",
             count=_n(e))  # fmt: skip


def _priority(e: Effect) -> str:
    return _("%(changed)s of %(all)s open orders would have another weight in the next match.",
             changed=_n(e, "changed"), all=_n(e))  # fmt: skip


SAID: dict[str, Callable[[Effect], str]] = {
    "passbooks": _passbooks, "cap_above": _cap_above, "cap_room": _cap_room, "earn_day": _earn_day,
    "earn_pair": _earn_pair, "rounding": _rounding, "least_credit": _least_credit, "expiry": _expiry,
    "no_expiry": _no_expiry, "stars": _stars, "priced": _priced, "priced_orders": _priced_orders,
    "prices_wait": _prices_wait, "ratio": _ratio, "age_later": _age_later, "age_sooner": _age_sooner,
    "payers": _payers, "empty_elders": _empty_elders, "empty_ask": _empty_ask, "empty_refused": _empty_refused,
    "seed": _seed, "seed_classes": _seed_classes, "credit_line": _credit_line, "review": _review,
    "agreement": _agreement, "insurance": _insurance, "items_off": _items_off, "silence": _silence,
    "least_age": _least_age, "probation": _probation, "default_limit": _default_limit, "priority": _priority,
}  # fmt: skip
