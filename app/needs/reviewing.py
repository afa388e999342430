"""The coordinator's look at an order: take it on, ask back, refuse with a reason, make something of a wish."""

from typing import Any

from flask_babel import lazy_gettext as _l

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, works_in
from app.audit.service import record
from app.db import session
from app.errors import DomainError, Invalid, NotFound
from app.menu.queries import offered_item
from app.needs.holds import hold_again, release_holds
from app.needs.models import Need, NeedState
from app.needs.placing import LONGEST_NOTE, elder_to_speak_for, wait_for_review
from app.needs.states import MovedOn, move
from app.notices.service import notify
from app.people.models import Role

TO_LOOK_AT = (NeedState.REVIEW, NeedState.ASKED_BACK)
WITHOUT_WORDS = {
    "question": _l("Write down what you want to ask."),
    "reply": _l("Write down the answer."),
    "reason": _l("Give the reason in a sentence: the elder reads it."),
}


class StillAWish(DomainError):
    text = _l("A wish is not on the menu. Turn it into something from the menu, or offer it to somebody.")


def accept_order(actor: Actor, need_id: str) -> Need:
    """The order, taken on: from now on it is open, and the actor owns it. StillAWish for one that nobody turned yet."""
    need = order_to_review(actor, need_id)
    if need.item_code is None:
        raise StillAWish
    _take_on(actor, need, "need.accept")
    return need


def ask_back(actor: Actor, need_id: str, question: str) -> Need:
    """The elder's side is asked something; the order waits for the answer."""
    words = _said("question", question)
    need = order_to_review(actor, need_id)
    move(need, NeedState.ASKED_BACK)
    need.question, need.reply = words, ""
    _looked_at(actor, need)
    record(actor, "need.ask_back", f"need:{need.id}", unit_code=need.unit_code)
    _tell_her_side(need, "order_asked_back", key=f"asked:{need.id}:{clock.now().isoformat()}")
    return need


def answer_question(actor: Actor, need_id: str, reply: str) -> Need:
    """The answer of the elder's side (or of whoever rang her up): the order waits for its review again."""
    words = _said("reply", reply)
    need = get_visible(Need, need_id, actor)
    elder_to_speak_for(actor, need.elder_id)
    move(need, NeedState.REVIEW)
    need.reply = words
    wait_for_review(need)
    record(actor.for_elder(need.elder_id), "need.answer", f"need:{need.id}", unit_code=need.unit_code)
    if need.owner_id not in (None, actor.person_id):
        notify(need.owner_id, "order_answered", link="/c/review", number=need.number,
               uid=f"answered:{need.id}:{clock.now().isoformat()}")  # fmt: skip
    return need


def refuse_order(actor: Actor, need_id: str, reason: str) -> Need:
    """The order, not taken on, for a reason that the elder reads; its minutes go back."""
    words = _said("reason", reason)
    need = order_to_review(actor, need_id)
    move(need, NeedState.REFUSED, reason=words)
    _looked_at(actor, need)
    release_holds(need)
    record(actor, "need.refuse", f"need:{need.id}", unit_code=need.unit_code)
    _tell_her_side(need, "order_refused", key=f"refused:{need.id}", reason=words)
    return need


def turn_wish(actor: Actor, need_id: str, item_code: str, *, duration_min: int | None = None) -> Need:
    """The wish as an item of the menu, open like any order, its minutes held from the first payer that can."""
    need = order_to_review(actor, need_id)
    item = offered_item(need.community_code, item_code)
    length = duration_min or item.usual_min
    if not item.min_min <= length <= item.max_min:
        sentence = _l("This help takes between %(least)s and %(most)s minutes.")
        raise Invalid({"duration": str(sentence) % {"least": item.min_min, "most": item.max_min}})
    need.item_code, need.duration_min, need.volunteers_needed = item.code, length, item.people
    session.flush()
    hold_again(need)
    _take_on(actor, need, "need.turn_wish")
    return need


def take_wish(actor: Actor, need_id: str) -> Need:
    """The wish as it is, open, to be offered to one person whom the coordinator knows."""
    need = order_to_review(actor, need_id)
    if need.item_code is not None:
        raise MovedOn
    _take_on(actor, need, "need.take_wish")
    return need


def order_to_review(actor: Actor, need_id: str) -> Need:
    """An order of the coordinator's own units that waits for a look. NotFound, MovedOn."""
    need = get_visible(Need, need_id, actor)
    if not works_in(actor, need.unit_code, Role.COORDINATOR):
        raise NotFound
    if need.state in TO_LOOK_AT or (need.state == NeedState.OPEN and need.item_code is None):
        return need
    raise MovedOn


def _take_on(actor: Actor, need: Need, verb: str) -> None:
    if need.state != NeedState.OPEN:
        move(need, NeedState.OPEN)
    _looked_at(actor, need)
    record(actor, verb, f"need:{need.id}", unit_code=need.unit_code, detail={"item": need.item_code})
    _tell_her_side(need, "order_taken_on", key=f"taken-on:{need.id}", day=need.day.isoformat())


def _looked_at(actor: Actor, need: Need) -> None:
    """From the review on the order has an owner."""
    need.reviewed_by = need.owner_id = actor.must_be_someone()
    need.reviewed_at = clock.now()
    session.flush()


def _said(name: str, words: str) -> str:
    """The words, trimmed. Invalid when there are none or too many."""
    said = words.strip()
    if not said:
        raise Invalid({name: str(WITHOUT_WORDS[name])})
    if len(said) > LONGEST_NOTE:
        sentence = _l("This is too long: keep it under %(longest)s characters.")
        raise Invalid({name: str(sentence) % {"longest": LONGEST_NOTE}})
    return said


def _tell_her_side(need: Need, kind: str, *, key: str, **data: Any) -> None:
    """The elder, and whoever ordered for her, once each."""
    for person_id in dict.fromkeys((need.elder_id, need.placed_by)):
        by_staff = person_id != need.elder_id and need.channel == "staff"
        link = f"/g/elders/{need.elder_id}" if by_staff else f"/me/orders/{need.id}"
        notify(person_id, kind, link=link, uid=f"{key}:{person_id}", number=need.number, **data)
