"""What the time bank does: hold, post, give back, credit later, correct; and what it refuses."""

from datetime import timedelta
from typing import Any

import pytest

from app.audit.models import AuditEntry
from app.db import session as database
from app.ledger import desk_queries, errors, line_queries, queries, service
from app.ledger.models import AccountKind, TransferKind
from tests.ledger.conftest import Bank, later


def test_a_post_moves_what_was_served_and_gives_the_rest_back(bank: Bank) -> None:
    assert (bank.posted(bank.chen), bank.held(bank.chen)) == (90, 45)
    assert bank.posted(bank.bo) == 30


def test_a_hold_keeps_minutes_from_being_promised_twice(bank: Bank) -> None:
    with pytest.raises(errors.NotEnoughMinutes) as refused:
        service.hold(uid="order:x:hold:1", payer=bank.chen, minutes=46, expires_at=later())
    assert refused.value.data == {"available": 45, "wanted": 46}
    assert service.hold(uid="order:x:hold:1", payer=bank.chen, minutes=45, expires_at=later())


def test_the_same_act_twice_is_once(bank: Bank) -> None:
    again = service.post(hold_uid=bank.spent_hold, uid=bank.post, payee=bank.bo, minutes=30)
    assert again.uid == bank.post
    assert bank.posted(bank.bo) == 30


def test_a_uid_cannot_be_used_for_something_else(bank: Bank) -> None:
    with pytest.raises(errors.UidReused):
        service.post(hold_uid=bank.spent_hold, uid=bank.post, payee=bank.bo, minutes=29)


def test_a_hold_is_answered_once(bank: Bank) -> None:
    with pytest.raises(errors.HoldIsOver):
        service.post(hold_uid=bank.spent_hold, uid="visit:other:post", payee=bank.dan, minutes=5)


def test_a_post_never_exceeds_the_hold(bank: Bank) -> None:
    with pytest.raises(errors.MoreThanHeld):
        service.post(hold_uid=bank.hold, uid="visit:x:post", payee=bank.bo, minutes=46)


def test_a_void_gives_everything_back(bank: Bank) -> None:
    service.void(hold_uid=bank.hold, uid=f"{bank.hold}:void")
    assert (bank.posted(bank.chen), bank.held(bank.chen)) == (90, 0)


def test_a_hold_that_ran_out_is_given_back_and_not_posted(bank: Bank, clock: Any) -> None:
    clock.forward(days=31)
    with pytest.raises(errors.HoldExpired):
        service.post(hold_uid=bank.hold, uid="visit:x:post", payee=bank.bo, minutes=10)
    assert [row.hold_uid for row in service.void_overdue(at=clock.now)] == [bank.hold]


def test_the_first_payer_that_can_give_it_all_pays(bank: Bank) -> None:
    kept = service.hold_from_first(
        uid="order:y:hold:1", payers=[bank.bo, bank.chen, bank.fund], minutes=100, expires_at=later()
    )
    assert kept is not None
    assert kept.debit_account_id == bank.fund


def test_an_order_stands_when_nobody_can_pay(bank: Bank) -> None:
    assert service.hold_from_first(uid="order:z:hold:1", payers=[bank.bo], minutes=100, expires_at=later()) is None


def test_a_visit_without_a_hold_is_credited_from_the_fund(bank: Bank) -> None:
    service.pay_visit(visit_id="v1", hold_uid=None, payee=bank.dan, fund=bank.fund, minutes=60)
    assert (bank.posted(bank.dan), bank.posted(bank.fund)) == (60, 540)


def test_a_credit_waits_until_the_fund_is_filled(bank: Bank) -> None:
    assert service.pay_visit(visit_id="v2", hold_uid=None, payee=bank.dan, fund=bank.fund, minutes=601) is None
    assert queries.balance(bank.people.dan.id).awaited == 601
    service.donate(uid="gift:1", giver=bank.bo, fund=bank.fund, minutes=30, by=bank.people.bo.id)
    assert bank.posted(bank.dan) == 601
    assert queries.balance(bank.people.dan.id).awaited == 0


def test_minutes_that_come_back_from_an_order_pay_what_waits(bank: Bank) -> None:
    service.hold(uid="order:big:hold:1", payer=bank.fund, minutes=590, expires_at=later())
    assert service.pay_visit(visit_id="v5", hold_uid=None, payee=bank.dan, fund=bank.fund, minutes=60) is None
    service.void(hold_uid="order:big:hold:1", uid="order:big:hold:1:void")
    assert [row.uid for row in service.pay_all_awaited()] == ["visit:v5:late"]
    assert bank.posted(bank.dan) == 60


def test_a_frozen_passbook_gets_what_waited_when_it_is_opened(bank: Bank) -> None:
    lin = bank.people.lin.id
    service.freeze(account_id=bank.dan, by=lin, reason="looked into")
    assert service.pay_visit(visit_id="v6", hold_uid=None, payee=bank.dan, fund=bank.fund, minutes=60) is None
    service.unfreeze(account_id=bank.dan, by=lin, reason="all is well")
    assert bank.posted(bank.dan) == 60


def test_a_full_passbook_gives_the_surplus_to_the_fund_and_never_more_than_it_gets(bank: Bank) -> None:
    mei = service.open_account(
        ledger_id="4205", kind=AccountKind.PERSON, owner_id=bank.people.mei.id, cap_min=100
    )  # fmt: skip
    service.pay_visit(visit_id="v7", hold_uid=None, payee=mei.id, fund=bank.fund, minutes=90)
    service.pay_visit(visit_id="v8", hold_uid=None, payee=mei.id, fund=bank.fund, minutes=30)
    assert (bank.posted(mei.id), bank.posted(bank.fund)) == (100, 500)
    service.hold(uid="order:all:hold:1", payer=bank.fund, minutes=500, expires_at=later())
    assert service.pay_visit(visit_id="v9", hold_uid=None, payee=mei.id, fund=bank.fund, minutes=140) is None
    assert bank.posted(mei.id) == 100


def test_a_visit_that_no_longer_fits_waits_and_keeps_nobody_else_waiting(bank: Bank) -> None:
    mei = service.open_account(
        ledger_id="4205", kind=AccountKind.PERSON, owner_id=bank.people.mei.id, cap_min=100
    )  # fmt: skip
    service.pay_visit(visit_id="v7", hold_uid=None, payee=mei.id, fund=bank.fund, minutes=100)
    service.hold(uid="order:mei:hold:1", payer=mei.id, minutes=100, expires_at=later())
    assert service.pay_visit(visit_id="v8", hold_uid=bank.hold, payee=mei.id, fund=bank.fund, minutes=40) is None
    assert bank.held(bank.chen) == 0
    service.pay_visit(visit_id="v9", hold_uid=None, payee=bank.dan, fund=bank.fund, minutes=10)
    service.pay_all_awaited()
    assert bank.posted(bank.dan) == 10


def test_who_waited_first_is_paid_first(bank: Bank) -> None:
    service.pay_visit(visit_id="v3", hold_uid=None, payee=bank.dan, fund=bank.fund, minutes=700)
    assert service.pay_visit(visit_id="v4", hold_uid=None, payee=bank.bo, fund=bank.fund, minutes=10) is None


def test_a_correction_needs_a_second_person(bank: Bank) -> None:
    lin, approver = bank.people.lin.id, bank.people.approver.id
    assert service.reverse(uid="r1", of=bank.post, by=lin) is None
    assert bank.posted(bank.bo) == 30
    with pytest.raises(errors.SamePersonTwice):
        service.approve(uid="r1", by=lin)
    service.approve(uid="r1", by=approver)
    assert (bank.posted(bank.bo), bank.posted(bank.chen)) == (0, 120)


def test_a_line_is_corrected_once_and_a_correction_never(bank: Bank) -> None:
    lin, approver = bank.people.lin.id, bank.people.approver.id
    service.reverse(uid="r1", of=bank.post, by=lin, approver=approver)
    with pytest.raises(errors.AlreadyReversed):
        service.reverse(uid="r2", of=bank.post, by=lin, approver=approver)
    with pytest.raises(errors.NotReversible):
        service.reverse(uid="r3", of="r1", by=lin, approver=approver)


def test_nobody_decides_on_her_own_passbook(bank: Bank) -> None:
    with pytest.raises(errors.OwnAccount):
        service.reverse(uid="r1", of=bank.post, by=bank.people.bo.id)


def test_a_refused_proposal_is_over(bank: Bank) -> None:
    service.reverse(uid="r1", of=bank.post, by=bank.people.lin.id)
    service.refuse(uid="r1", by=bank.people.approver.id)
    with pytest.raises(errors.AlreadyDecided):
        service.approve(uid="r1", by=bank.people.auditor.id)
    assert desk_queries.pending_proposals(bank.people.actor(bank.people.lin)) == []


def test_new_minutes_need_two_people_and_stay_within_the_budget(bank: Bank) -> None:
    lin, approver = bank.people.lin.id, bank.people.approver.id
    with pytest.raises(errors.SamePersonTwice):
        service.seed(uid="s1", issuance=bank.issuance, to=bank.fund, minutes=1, approvers=[lin, lin])
    with pytest.raises(errors.NotEnoughMinutes):
        service.seed(uid="s2", issuance=bank.issuance, to=bank.fund, minutes=10**8, approvers=[lin, approver])


def test_an_adjustment_needs_a_proposer_and_two_others(bank: Bank) -> None:
    people = bank.people
    adjustment = queries.find_account(queries.AccountKind.ADJUSTMENT, "4205", label="2026-06")
    assert adjustment is not None
    with pytest.raises(errors.SamePersonTwice):
        service.adjust(uid="a1", debit=adjustment.id, credit=bank.bo, minutes=5,
                       people=[people.lin.id, people.approver.id])  # fmt: skip
    service.adjust(uid="a2", debit=adjustment.id, credit=bank.bo, minutes=5,
                   people=[people.lin.id, people.approver.id, people.auditor.id])  # fmt: skip
    assert bank.posted(bank.bo) == 35


def test_a_frozen_passbook_takes_nothing_until_it_is_opened(bank: Bank) -> None:
    service.freeze(account_id=bank.bo, by=bank.people.lin.id, reason="under review")
    with pytest.raises(errors.AccountNotOpen):
        service.post(hold_uid=bank.hold, uid="visit:x:post", payee=bank.bo, minutes=10)
    service.unfreeze(account_id=bank.bo, by=bank.people.lin.id, reason="looked into")
    service.post(hold_uid=bank.hold, uid="visit:x:post", payee=bank.bo, minutes=10)
    assert bank.posted(bank.bo) == 40


def test_only_an_empty_passbook_is_closed(bank: Bank) -> None:
    with pytest.raises(errors.AccountNotEmpty):
        service.close(account_id=bank.bo, by=bank.people.lin.id, reason="moved away")
    service.close(account_id=bank.dan, by=bank.people.lin.id, reason="moved away")
    with pytest.raises(errors.AccountNotOpen):
        service.unfreeze(account_id=bank.dan, by=bank.people.lin.id, reason="came back")


@pytest.mark.parametrize("minutes", [0, -1, 1.5, True, 10**12])
def test_only_whole_minutes_above_zero_move(bank: Bank, minutes: Any) -> None:
    with pytest.raises(errors.NotAWholeNumber):
        service.hold(uid="x", payer=bank.fund, minutes=minutes, expires_at=later())


def test_minutes_take_no_unknown_direction(bank: Bank) -> None:
    lin, approver = bank.people.lin.id, bank.people.approver.id
    service.propose(uid="x", kind=TransferKind.SEED, debit=bank.chen, credit=bank.bo, minutes=1, by=lin)
    with pytest.raises(errors.NoSuchDirection):
        service.approve(uid="x", by=approver)


def test_the_passbook_runs_backwards_with_its_balance(bank: Bank, clock: Any) -> None:
    clock.forward(minutes=1)
    service.post(hold_uid=bank.hold, uid="visit:two:post", payee=bank.bo, minutes=45)
    people = bank.people
    account = queries.person_account(people.bo.id)
    assert account is not None
    page = line_queries.statement(people.actor(people.bo), account)
    assert [(line.change, line.balance) for line in page.lines] == [(45, 75), (30, 30)]
    assert timedelta(0) <= page.lines[0].at - page.lines[1].at


def test_every_word_and_every_freezing_stands_in_the_trail(bank: Bank) -> None:
    lin, approver = bank.people.lin.id, bank.people.approver.id
    service.reverse(uid="r1", of=bank.post, by=lin, approver=approver)
    service.freeze(account_id=bank.dan, by=lin, reason="under review")
    trail = [(row.actor_id, row.verb, row.subject) for row in database.query(AuditEntry).order_by(AuditEntry.id)]
    assert trail[-3:] == [
        (lin, "ledger.propose", "transfer:r1"),
        (approver, "ledger.approve", "transfer:r1"),
        (lin, "account.frozen", f"account:{bank.dan}"),
    ]
