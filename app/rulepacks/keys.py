"""Every key of a rule pack: what its value may be, and who keeps it.

`SYSTEM`: code reads it and acts by it. `BUILT_IN`: one value is possible and always held. `PEOPLE`: a rule that people
keep; the pages print it and the system does not enforce it. A test compares this table with what the code reads.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.rulepacks.kinds import ByItem, DayParts, Flag, Kind, OneOf, Only, Several, Steps, Text, TimeOfDay, Whole


class Keeper(StrEnum):
    SYSTEM = "system"
    BUILT_IN = "built_in"
    PEOPLE = "people"


@dataclass(frozen=True)
class Key:
    """How one setting is judged, and who keeps it."""

    kind: Kind
    keeper: Keeper


def _system(kind: Kind) -> Key:
    return Key(kind, Keeper.SYSTEM)


def _people(kind: Kind) -> Key:
    return Key(kind, Keeper.PEOPLE)


def _built_in(value: Any) -> Key:
    return Key(Only(value), Keeper.BUILT_IN)


RISKS = ("low", "medium", "high")
RELATIONS = (
    "spouse", "parents", "grandparents", "parents_in_law", "children", "siblings", "other_relatives", "friends",
)  # fmt: skip
SEED_CLASSES = ("alone_80", "poor_alone_60", "extreme_poverty", "special_family")
PAYERS = ("seed", "own", "family_pool", "community_fund")
RATIO = (10000, 30000)  # basis points: never less than the time that was given, at most three times

KEYS: dict[str, Key] = {
    # coin and cap
    "minutes_per_coin": _system(Whole(1, 480)),
    "pricing_mode": _system(OneOf(("by_minute", "by_item"))),
    "item_price_min": _system(ByItem(5, 480)),
    "store_cap_min": _system(Whole(0, 600_000)),  # 0: no cap
    "store_cap_surplus": _system(OneOf(("donate", "honour_only"))),
    # earning
    "earn_cap_min_per_day": _system(Whole(60, 480)),
    "earn_cap_min_per_activity": _people(Whole(30, 480)),
    "earn_cap_min_per_pair_per_day": _system(Whole(30, 240)),
    # spending and gifts
    "spend_from_age": _system(Whole(0, 90)),
    "spend_from_age_hardship": _system(Whole(0, 90)),
    "gift_circle": _system(Several(RELATIONS)),
    "gift_recipient_min_age": _system(Whole(0, 90)),
    "gift_cap_min_per_day": _system(Whole(0, 6_000)),
    "gift_cap_min_per_year": _system(Whole(0, 600_000)),
    "gift_first_cooling_h": _system(Whole(0, 720)),
    "exchange_for_money": _built_in(False),
    "exchange_for_goods": _system(Flag()),
    # points
    "points_enabled": _system(Flag()),
    "points_per_hour": _system(Whole(0, 100)),
    "points_expire_months": _system(Whole(0, 600)),
    "points_refundable": _built_in(False),
    "points_reduce_time": _built_in(False),
    # who pays when nothing is stored
    "seed_classes": _system(Several(SEED_CLASSES)),
    "seed_min_per_person_month": _system(Whole(0, 6_000)),
    "seed_budget_min_per_community_year": _system(Whole(0, 6_000_000)),
    "payer_order": _system(Several(PAYERS, least=1)),
    "order_without_minutes": _system(OneOf(("fund_pays", "ask_coordinator", "refuse"))),
    "elder_credit_line_min": _system(Whole(0, 6_000)),
    # teams, minors, absence
    "team_hours": _system(OneOf(("donate_only", "members_store"))),
    "volunteer_min_age": _system(Whole(16, 30)),
    "minor_rule": _system(OneOf(("guardian_or_group", "group_in_institution", "none"))),
    "minor_home_visit_alone": _people(Only(False)),
    "absence_unexcused_per_year": _people(Whole(1, 100)),
    "absence_malicious_per_year": _people(Whole(1, 100)),
    "absence_action": _people(OneOf(("talk_then_pause", "deregister"))),
    "decline_counts_as_absence": _built_in(False),
    # risk
    "nursing_allowed": _people(Only(False)),
    "invasive_care_allowed": _people(Only(False)),
    "written_agreement_from_risk": _system(OneOf(RISKS)),
    "stars_min": _system(Steps(5, 60, 10_000_000)),
    # ratio, rounding, expiry
    "ratio_bp_default": _system(Whole(*RATIO)),
    "ratio_bp_by_item": _system(ByItem(*RATIO)),
    "ratio_bp_night": _system(Whole(*RATIO)),
    "ratio_payer": _built_in("community_fund"),
    "ratio_bp_when_fund_empty": _built_in(10000),
    "certificate_counts": _built_in("actual_minutes"),
    "rounding_step_min": _system(Whole(1, 60)),
    "rounding_mode": _built_in("half_up"),
    "post_never_above_hold": _built_in(True),
    "overrun_needs_consent": _built_in(True),
    "minimum_credit_min": _system(Whole(1, 60)),
    "time_expires_months": _system(Whole(0, 600)),
    "expiry_notice_days": _system(Steps(2, 1, 365, falling=True)),
    "time_redeemable_by": _people(Several(("self", "gift_circle"), least=1)),
    "points_redeemable_by": _system(Several(("self",), least=1)),
    "no_show_charge_min": _built_in(0),
    "settle_on_death": _system(Several(("nominee", "gift_circle_heir", "community_fund", "expiry"), least=1)),
    "settle_on_leaving_days": _people(Whole(0, 3650)),
    # life of an order
    "order_accept_within_h": _system(Whole(1, 40)),
    "review_from_risk": _system(OneOf(RISKS)),
    "review_also": _system(Several(("first_order", "wish", "duplicate"))),
    "urgent_same_day": _built_in(True),
    "priority_by_item": _system(ByItem(1, 20)),
    "priority_per_day_waited": _system(Whole(0, 10)),
    "priority_most_days_waited": _system(Whole(0, 30)),
    "priority_listed": _system(Whole(0, 10)),
    "plan_publish_by": _people(TimeOfDay()),
    "offer_reply_by": _system(TimeOfDay()),
    "undo_accept_min": _system(Whole(0, 120)),
    "contact_visible_after_visit_h": _system(Whole(0, 72)),
    "confirm_silence_h": _system(Whole(24, 240)),
    "callback_sample_pct": _people(Whole(0, 100)),
    "satisfaction_scale": _people(Only(["满意", "基本满意", "不满意"])),
    # records
    "record_retention_years": _people(Whole(10, 100)),
    "certificate_notice_days": _system(Whole(0, 90)),
    "certificate_public_check": _built_in("genuine_or_revoked"),
    "volunteer_name_public": _system(OneOf(("masked_with_consent", "never"))),
    # care visits
    "visit_groups": _people(Several(most=20)),
    "visit_days_high": _people(Whole(1, 30)),
    "visit_days_key": _people(Whole(1, 60)),
    "visit_days_listed": _people(Whole(1, 90)),
    "visit_days_other": _people(Whole(1, 365)),
    "visit_after_event_h": _people(Whole(1, 72)),
    "visit_weather_h": _people(Whole(1, 72)),
    "visit_counts_only_if_reached": _people(Flag()),
    "visit_failed_contacts_alarm": _people(Whole(1, 10)),
    # answer times
    "dispatch_h_life": _people(Whole(1, 24)),
    "dispatch_h_basic": _people(Whole(1, 48)),
    "dispatch_h_ordinary": _people(Whole(1, 168)),
    "answer_h_emergency": _people(Whole(1, 48)),
    "answer_h_utilities": _people(Whole(1, 168)),
    "answer_days_ordinary": _people(Whole(1, 60)),
    "answer_days_complex": _people(Whole(1, 90)),
    # added
    "real_name_required": _built_in(True),
    "induction_min_h": _system(Whole(0, 100)),
    "probation_visits": _system(Whole(0, 20)),
    "vetting_valid_months": _people(Whole(1, 120)),
    "insurance_from_risk": _system(OneOf(RISKS)),
    "health_declaration_from_age": _people(Whole(50, 100)),
    "volunteer_max_visits_per_day": _system(Whole(1, 12)),
    "volunteer_max_min_per_week": _system(Whole(60, 4_800)),
    "cash_handling_cap_yuan": _people(Whole(0, 5_000)),
    "gifts_to_volunteer": _built_in(False),
    "assign_by_hand_is_an_offer": _built_in(True),
    "menu_items_off": _system(Several(most=60)),
    "home_tiles": _system(Several(least=1, most=12)),
    "day_parts": _system(DayParts()),
    "scheme_name_zh": _system(Text(20)),
    "scheme_name_en": _system(Text(40)),
    "address_form_grandma_from_age": _people(Whole(50, 100)),
    # added: red flags and forecast
    "flag_window_days": _system(Whole(14, 365)),
    "flag_ring_min": _system(Whole(5, 6_000)),
    "flag_device_times": _system(Whole(1, 50)),
    "flag_device_confirm_min": _system(Whole(1, 120)),
    "flag_same_length_visits": _system(Whole(3, 100)),
    "flag_one_elder_pct": _system(Whole(30, 100)),
    "flag_one_elder_min": _system(Whole(60, 10_000)),
    "flag_delegate_days": _system(Whole(1, 60)),
    "flag_falling_days": _system(Whole(7, 180)),
    "flag_falling_pct": _system(Whole(10, 100)),
    "flag_falling_least_min": _system(Whole(30, 10_000)),
    "flag_late_entries": _system(Whole(2, 100)),
    "flag_late_pct": _system(Whole(10, 100)),
    "public_least_people": _system(Whole(2, 50)),
    "forecast_months": _system(Whole(3, 36)),
    "forecast_spent_pct": _system(Whole(0, 100)),
}
"""By key, in the order of the default pack."""
