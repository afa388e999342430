"""Sentences of a preview that only fill numbers into a text, and why some rules have no count.

`%(time)s` and every place whose name ends in `_time` is told in hours and minutes; any other number as a figure.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.rulechanges.counting import DAYS_BACK
from app.web.filters import figure, minutes

TEXTS: Mapping[str, Any] = {
    # gifts
    "gift_ties": _l(
        "Pairs of giver and relative known here: %(n)s. A gift is possible for %(old)s of them now, for %(new)s by "
        "the new rule. Gifts that wait now: %(waiting)s; they stay as they were agreed."
    ),
    "gift_day": _l(
        "Days in the last %(days)s days on which somebody gave time: %(n)s. Above the new limit: %(over)s. What was "
        "given stays given."
    ),
    "gift_year": _l(
        "People here who gave time this year: %(n)s. Above the new limit: %(over)s; they could give no more this year. "
        "What was given stays given."
    ),
    "gift_cooling": _l(
        "First gifts to somebody in the last %(days)s days: %(n)s. Gifts that wait now: %(waiting)s; they keep the "
        "time they were told."
    ),
    "gifts_given": _l(
        "Gifts in the last %(days)s days: %(n)s, %(time)s in all. They stay with whom they were given to."
    ),
    # points and goods
    "points_on": _l(
        "Visits stored in the last %(days)s days: %(n)s. They would have earned %(points)s points. Stored time stays "
        "as it is; nobody gets points for what is past."
    ),
    "points_off": _l(
        "No new points would be earned and none could be used. People with points now: %(people)s, %(held)s points in "
        "all; they keep them."
    ),
    "points_rate": _l(
        "Visits stored in the last %(days)s days: %(n)s. Points for them: %(old)s by the old rule, %(new)s by the new "
        "one. Points that people have stay as they are."
    ),
    "points_not_used": _l("Points are off here, so nobody earns any until they are switched on."),
    "points_expiry": _l(
        "People with points now: %(people)s, %(held)s points in all. Kept for longer than %(months)s months: "
        "%(old)s points of %(old_people)s people; they would lapse after the two notices unless they are used."
    ),
    "points_stay": _l("People with points now: %(people)s, %(held)s points in all. None of them would lapse."),
    "goods_on": _l(
        "People with stored time here: %(people)s, %(held_time)s in all. Offers of shops for stored time: %(offers)s. "
        "Nothing moves until somebody chooses an offer."
    ),
    "goods_off": _l(
        "Times in the last %(days)s days that stored time was used in a shop: %(n)s, %(time)s in all. Offers that "
        "could not be chosen any more: %(offers)s. 0 minutes are lost."
    ),
    # passbooks
    "coins": _l(
        "Passbooks here: %(n)s, with %(time)s in all. Shown as coins: %(old)s now, %(new)s by the new rule. Not one "
        "minute changes."
    ),
    "surplus_donate": _l(
        "Passbooks that are full now: %(full)s. Their new surplus would go to the fund. What is stored stays."
    ),
    "surplus_honour_only": _l(
        "Passbooks that are full now: %(full)s. Their new surplus would be honoured on the record and not stored. "
        "Surplus that went to the fund in the last %(days)s days: %(n)s times, %(time)s in all; it stays there."
    ),
    "budget": _l(
        "Communities here: %(n)s. Given out in %(year)s so far: %(time)s, at most %(most_time)s by one of them. Above "
        "the new limit: %(over)s. This year keeps the limit it began with; the new one is for years opened later."
    ),
    "team_donate_only": _l(
        "Teams here: %(teams)s, with %(n)s members. What they earn from then on would go to their team. What they have "
        "stored stays theirs."
    ),
    "team_members_store": _l(
        "Teams here: %(teams)s, with %(n)s members. Given on to teams in the last %(days)s days: %(time)s; members "
        "would have kept it. What the teams have stays with them."
    ),
    "notice_days": _l(
        "Lapses that were announced and have not come yet: %(n)s. Notices that were sent keep their time; no lapse "
        "comes sooner than was told."
    ),
    "settle": _l(
        "People with stored time here: %(n)s, %(time)s in all. Those who named who shall get it: %(named)s. Accounts "
        "that were settled stay settled."
    ),
    "leaving": _l(
        "Volunteers who left and still have stored time: %(n)s, %(time)s in all. 0 minutes are lost by this change."
    ),
    # orders
    "accept_within": _l(
        "Orders that wait for a look now: %(waiting)s; they keep their hour. Orders looked at in the last %(days)s "
        "days: %(n)s, of them late: %(late)s."
    ),
    "review_also": _l(
        "Orders of the last %(days)s days: %(n)s. Waiting for a look first: %(old)s then, %(new)s by the new rule."
    ),
    "duplicates": _l("How many of them were possible duplicates was not written down, so they are not in this count."),
    "reply_by": _l(
        "Answers to a plan in the last %(days)s days: %(n)s. Given later than %(hour)s on the evening before: "
        "%(late)s. Offers that are out now: %(open)s; they keep their hour."
    ),
    "undo": _l("Offers accepted in the last %(days)s days and still standing: %(n)s. Acceptances undone: %(undone)s."),
    "door": _l(
        "Visits that ended so shortly ago that the volunteer still sees the address: %(old)s by the old rule, %(new)s "
        "by the new one. A visit keeps the rule of its own day."
    ),
    "tiles": _l(
        "Orders of the last %(days)s days: %(n)s. For items that would leave the first page: %(out)s; for items that "
        "would come to it: %(new)s. All of them can still be ordered."
    ),
    "day_parts": _l("Open orders: %(n)s. Beginning outside the new parts of the day: %(out)s; they stay as they are."),
    "training": _l(
        "Volunteers here: %(n)s. Trained today: %(trained)s; they stay so. The new length would be for the others: "
        "%(left)s."
    ),
    "limit_above": _l("Volunteers whose own limit is higher than the new one: %(n)s."),
    # red flags and figures
    "flags": _l(
        "Red flags that would be found today: %(old)s by the old limit, %(new)s by the new one. Flags that were "
        "written down stay."
    ),
    "least_people": _l(
        "Communities here: %(n)s. With too few people with stored time to be shown by themselves: %(old)s now, %(new)s "
        "by the new rule."
    ),
    "forecast_months": _l(
        "Visits that the forecast looks at: %(old)s now, %(new)s by the new rule. A forecast moves nothing."
    ),
    "spent_pct": _l(
        "Stored here and free to use: %(time)s. Assumed to be used in a quarter, where nothing was used yet: "
        "%(old_time)s now, %(new_time)s by the new rule. A forecast moves nothing."
    ),
    # kept by people
    "minors": _l("Volunteers here whose age is known: %(n)s. Younger than 18: %(minors)s."),
    "health_age": _l("Volunteers old enough for the yearly declaration: %(old)s now, %(new)s by the new rule."),
    "absences": _l(
        "Visits of the last year that did not happen: %(n)s. Volunteers with %(times)s or more of them: %(reached)s. "
        "Whether a volunteer was to blame, only people can say."
    ),
    "absence_action": _l(
        "Visits of the last year that did not happen: %(n)s, with %(people)s volunteers. Stored time is never taken "
        "for it."
    ),
    "vetting": _l("Volunteers here: %(n)s. Vetted today: %(vetted)s; they stay so until the day on their paper."),
    "names_public": _l("Volunteers at work here, whose names it is about: %(n)s."),
    "visit_groups": _l("Elders here: %(n)s. In the listed groups: %(old)s now, %(new)s by the new rule."),
    "groups_unknown": _l("Of these groups the site keeps no list, so they are not in this count: %(words)s."),
    "frequency_listed": _l(
        "Elders of the listed groups here: %(n)s. With a visit in the last %(was)s days: %(old)s; in the last "
        "%(days_new)s days: %(new)s."
    ),
    "frequency_other": _l(
        "Elders here of no listed group: %(n)s. With a visit in the last %(was)s days: %(old)s; in the last "
        "%(days_new)s days: %(new)s."
    ),
    "no_risk_classes": _l("Who of them is at high risk or a key elder is not kept here, so all of them are counted."),
    "not_reached": _l("Visits of the last %(days)s days at which nobody answered: %(n)s."),
    "failed_contacts": _l(
        "Elders whom a visitor did not reach in the last %(days)s days: %(n)s. Not reached %(times)s times or more: "
        "%(reached)s."
    ),
    "published": _l("Plans published in the last %(days)s days: %(n)s. Later than %(hour)s: %(late)s."),
    "callbacks": _l(
        "Visits confirmed in the last 30 days: %(n)s. To be called back: %(old)s by the old rule, %(new)s by the new "
        "one."
    ),
    "retention": _l("Visits on record: %(n)s. Older than %(years)s years: %(older)s. Nothing is deleted by itself."),
    "certificates": _l(
        "Certificates issued in the last %(days)s days: %(n)s. On notice now: %(now)s; they stay there as long as they "
        "were told. New ones stand there for %(days_new)s days, until now for %(was)s."
    ),
    "form_of_address": _l("Elders here whose age is known: %(n)s. Addressed in another way: %(changed)s."),
    "by_hand": _l("People keep this rule: the pages show the new value, and nothing stored is touched."),
    # no count
    "unchanged": _l("The value stays as it is. From that day on it is a rule of this place itself."),
    "one_value": _l("This rule has only one value that can stand, so it can't be changed."),
    "only_words": _l(
        "Only words change: pages, messages and papers made from then on use the new name. Nothing stored is touched."
    ),
    "no_activities": _l(
        "Not counted: the site keeps visits to one elder and no list of group activities. People keep this rule, and "
        "nothing stored is touched."
    ),
    "no_matters": _l(
        "Not counted: the site keeps orders for help and no list of other matters that residents report. People keep "
        "this rule, and nothing stored is touched."
    ),
    "no_events": _l(
        "Not counted: the site keeps no list of serious events or weather warnings. People keep this rule, and nothing "
        "stored is touched."
    ),
    "no_money": _l(
        "Not counted: the site keeps no receipts and no sums of money. People keep this rule, and nothing stored is "
        "touched."
    ),
}

ONE_VALUE = (
    "exchange_for_money", "points_refundable", "points_reduce_time", "minor_home_visit_alone",
    "decline_counts_as_absence", "nursing_allowed", "invasive_care_allowed", "ratio_payer", "ratio_bp_when_fund_empty",
    "certificate_counts", "rounding_mode", "post_never_above_hold", "overrun_needs_consent", "points_redeemable_by",
    "no_show_charge_min", "urgent_same_day", "satisfaction_scale", "certificate_public_check", "real_name_required",
    "gifts_to_volunteer", "assign_by_hand_is_an_offer",
)  # fmt: skip
MATTERS = (
    "dispatch_h_life", "dispatch_h_basic", "dispatch_h_ordinary", "answer_h_emergency", "answer_h_utilities",
    "answer_days_ordinary", "answer_days_complex",
)  # fmt: skip

NOT_COUNTED: Mapping[str, str] = {
    **dict.fromkeys(ONE_VALUE, "one_value"),
    **dict.fromkeys(MATTERS, "no_matters"),
    "scheme_name_zh": "only_words",
    "scheme_name_en": "only_words",
    "earn_cap_min_per_activity": "no_activities",
    "visit_after_event_h": "no_events",
    "visit_weather_h": "no_events",
    "cash_handling_cap_yuan": "no_money",
}
"""The keys whose change has nothing to count, each with the sentence that says why."""


def filled(effect: Mapping[str, Any]) -> str:
    """The sentence of an effect in the reader's language."""
    places = {name: _shown(name, value) for name, value in effect.items()}
    return str(TEXTS[effect["say"]]) % ({"days": figure(DAYS_BACK)} | places)


def _shown(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    return minutes(value) if name == "time" or name.endswith("_time") else figure(value)
