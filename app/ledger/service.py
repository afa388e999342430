"""The verbs of the time bank. Each is one act with a uid: a repeat gives the same row, other content is refused.

Nothing here commits; `with transaction()` (or `db.act`, which tries again after a lost race) stands at the edge.
Accounts are named by id. Minutes are whole.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from app import clock
from app.audit.service import record
from app.db import session
from app.errors import NotFound
from app.ledger.chain import account_id
from app.ledger.errors import (
    AccountNotEmpty,
    AccountNotOpen,
    AlreadyDecided,
    AlreadyReversed,
    CapReached,
    NotEnoughMinutes,
    NotReversible,
    OwnAccount,
    SamePersonTwice,
    UidReused,
)
from app.ledger.models import (
    NEEDED_APPROVERS,
    SYSTEM_WORD,
    Account,
    AccountKind,
    Approval,
    AwaitedCredit,
    Ledger,
    Phase,
    Standing,
    State,
    Step,
    Transfer,
    TransferKind,
    Unit,
    approvers_needed,
)
from app.ledger.posting import (
    Leg,
    Words,
    account,
    done_before,
    lock,
    remember,
    resolved,
    state_of,
    store,
    transfer,
    was_reversed,
)
from app.ledger.queries import area_of, awaited_credits, community_of, find_account, fund_of, overdue_holds
from app.people.models import Person
from app.rulepacks.queries import setting

# What adjustments may give out in one month before the account's floor stops them (100 hours; an assumption).
ADJUSTMENT_BUDGET_MIN = 6_000


# Opening ------------------------------------------------------------------------------------------------------------


def open_ledger(area_code: str) -> Ledger:
    """The book of a settlement area, opened when it is not there yet."""
    found = session.get(Ledger, area_code)
    if found is None:
        now = clock.now().replace(microsecond=0)
        found = Ledger(id=area_code, opened_at=now, head_at=now)
        session.add(found)
        session.flush()
    return found


def open_account(
    *,
    ledger_id: str,
    kind: AccountKind,
    owner_id: str,
    unit: Unit = Unit.MINUTE,
    floor_min: int = 0,
    cap_min: int | None = None,
    label: str = "",
) -> Account:
    """The account with these names, opened with these limits when it is not there yet; limits never change later."""
    lock(ledger_id)  # two who open the same account at once: the second finds the first's
    found = find_account(kind, owner_id, unit=unit, label=label)
    if found is None:
        identity = {
            "ledger_id": ledger_id, "unit": str(unit), "kind": str(kind), "owner_id": owner_id, "label": label,
            "floor_min": floor_min, "cap_min": cap_min,
        }  # fmt: skip
        found = Account(
            id=account_id(identity), **identity, opened_at=clock.now().replace(microsecond=0)
        )  # fmt: skip
        session.add(found)
        session.flush()
    return found


def ensure_accounts_for_unit(unit_code: str, *, on: date) -> Account:
    """The community fund of a unit, with everything that must stand beside it: the area's book and sinks, and the
    year's issuance, whose floor is the budget of the rule pack (`seed_budget_min_per_community_year`)."""
    area, community = area_of(unit_code), community_of(unit_code)
    open_ledger(area)
    open_account(ledger_id=area, kind=AccountKind.CLEARING, owner_id=area, cap_min=0)
    open_account(ledger_id=area, kind=AccountKind.EXPIRY, owner_id=area)
    open_account(
        ledger_id=area,
        kind=AccountKind.ADJUSTMENT,
        owner_id=area,
        label=f"{on:%Y-%m}",
        floor_min=-ADJUSTMENT_BUDGET_MIN,
    )
    budget = int(setting(community, "seed_budget_min_per_community_year", on=on))
    open_account(
        ledger_id=area, kind=AccountKind.ISSUANCE, owner_id=community, label=str(on.year), floor_min=-budget, cap_min=0
    )
    return open_account(ledger_id=area, kind=AccountKind.COMMUNITY_FUND, owner_id=community)


def ensure_person_account(person_id: str) -> Account:
    """A person's passbook, opened in the book of her area when she has none; cap and credit line from the rule pack."""
    found = find_account(AccountKind.PERSON, person_id)
    if found is not None:
        return found
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound
    on = clock.now().date()
    ensure_accounts_for_unit(person.unit_code, on=on)
    return open_account(
        ledger_id=area_of(person.unit_code),
        kind=AccountKind.PERSON,
        owner_id=person_id,
        floor_min=-int(setting(person.unit_code, "elder_credit_line_min", on=on)),
        cap_min=int(setting(person.unit_code, "store_cap_min", on=on)),
    )


# An order's way: hold, then post or void ------------------------------------------------------------------------------


def hold(
    *, uid: str, payer: str, minutes: int, expires_at: datetime, memo: Words | str | None = None, by: str | None = None
) -> Transfer:
    """Minutes kept for an order. NotEnoughMinutes when the payer cannot."""
    leg = Leg(
        uid=uid, kind=TransferKind.SERVICE, phase=Phase.HOLD, debit_id=payer, credit_id=_clearing(payer),
        amount=minutes, expires_at=expires_at, made_by_id=by,
    )  # fmt: skip
    return store(leg, memo)


def hold_from_first(
    *,
    uid: str,
    payers: Sequence[str],
    minutes: int,
    expires_at: datetime,
    memo: Words | str | None = None,
    by: str | None = None,
) -> Transfer | None:
    """Minutes kept from the first payer that can give them all; None when no one can: the order stands without."""
    before = transfer(uid)
    if before is not None:
        if (before.phase, before.amount) != (Phase.HOLD, minutes) or before.debit_account_id not in payers:
            raise UidReused
        return before
    for payer in payers:
        try:
            return hold(uid=uid, payer=payer, minutes=minutes, expires_at=expires_at, memo=memo, by=by)
        except (NotEnoughMinutes, AccountNotOpen):
            continue
    return None


def post(
    *, hold_uid: str, uid: str, payee: str, minutes: int, memo: Words | str | None = None, by: str | None = None
) -> Transfer:
    """Held minutes given to the volunteer; what is left of the hold goes back to the payer.

    What the payee cannot store any more (cap) she gives to her community fund in the same act, as her donation.
    """
    kept = _hold(hold_uid)
    leg = Leg(
        uid=uid, kind=TransferKind.SERVICE, phase=Phase.POST, debit_id=kept.debit_account_id, credit_id=payee,
        amount=minutes, hold_uid=hold_uid, made_by_id=by,
    )  # fmt: skip
    return done_before(leg) or _store_within_cap(leg, memo)


def void(*, hold_uid: str, uid: str, by: str | None = None) -> Transfer:
    """The whole hold given back to the payer."""
    kept = _hold(hold_uid)
    return store(
        Leg(
            uid=uid,
            kind=TransferKind.SERVICE,
            phase=Phase.VOID,
            debit_id=kept.debit_account_id,
            credit_id=kept.credit_account_id,
            amount=kept.amount,
            hold_uid=hold_uid,
            made_by_id=by,
        )
    )


def void_overdue(*, at: datetime) -> list[Transfer]:
    """Every hold that ran out before `at`, given back."""
    return [void(hold_uid=uid, uid=f"{uid}:void") for uid in overdue_holds(at)]


def late_credit(*, uid: str, fund: str, payee: str, minutes: int, memo: Words | str | None = None) -> Transfer:
    """Minutes from the community fund for a visit that was served without a hold."""
    leg = Leg(uid=uid, kind=TransferKind.LATE_CREDIT, debit_id=fund, credit_id=payee, amount=minutes)
    return done_before(leg) or _store_within_cap(leg, memo)


def credit_or_await(
    *, uid: str, fund: str, payee: str, minutes: int, memo: Words | str | None = None
) -> Transfer | None:
    """The late credit when the fund can pay it now; otherwise None, and it waits in turn (待存入)."""
    payee_row = account(payee)
    lock(payee_row.ledger_id)
    waiting = session.get(AwaitedCredit, uid)
    if waiting is not None and (waiting.payee_account_id, waiting.fund_account_id, waiting.amount) != (
        payee, fund, minutes,
    ):  # fmt: skip
        raise UidReused
    if waiting is None and not awaited_credits(fund_account_id=fund):
        try:
            return late_credit(uid=uid, fund=fund, payee=payee, minutes=minutes, memo=memo)
        except (NotEnoughMinutes, AccountNotOpen, CapReached):
            pass
    elif transfer(uid) is not None:
        return transfer(uid)
    if waiting is None:
        session.add(
            AwaitedCredit(
                uid=uid,
                ledger_id=payee_row.ledger_id,
                payee_account_id=payee,
                fund_account_id=fund,
                amount=minutes,
                created_at=clock.now(),
            )
        )
        remember(uid, memo)
        session.flush()
    return None


def pay_awaited(fund: str) -> list[Transfer]:
    """The waiting credits of a fund that it can pay now, oldest first; it stops at the first it cannot."""
    paid = []
    for waiting in awaited_credits(fund_account_id=fund):
        try:
            paid.append(late_credit(uid=waiting.uid, fund=fund, payee=waiting.payee_account_id, minutes=waiting.amount))
        except NotEnoughMinutes:
            break
        except (AccountNotOpen, CapReached):  # a frozen or full payee waits on and keeps nobody else waiting
            continue
    return paid


def pay_all_awaited() -> list[Transfer]:
    """What can be paid now of every fund's waiting credits: minutes may have come back to it from orders."""
    funds = sorted({waiting.fund_account_id for waiting in awaited_credits()})
    return [done for fund in funds for done in pay_awaited(fund)]


def pay_visit(
    *, visit_id: str, hold_uid: str | None, payee: str, fund: str, minutes: int, memo: Words | str | None = None
) -> Transfer | None:
    """The volunteer's minutes for a confirmed visit: from the order's hold where it still stands, else from the
    community fund now or when it is filled. None means it waits."""
    late_uid, post_uid = f"visit:{visit_id}:late", f"visit:{visit_id}:post"
    before = transfer(late_uid) or transfer(post_uid)
    if before is not None:
        return before
    if hold_uid is not None and resolved(hold_uid) is None:
        kept = _hold(hold_uid)
        amount = min(minutes, kept.amount)
        opens = all(state_of(side) is State.OPEN for side in (kept.debit_account_id, payee))
        in_time = kept.expires_at is not None and clock.now() <= kept.expires_at
        if opens and in_time and payee != kept.debit_account_id:
            try:
                return post(hold_uid=hold_uid, uid=post_uid, payee=payee, minutes=amount, memo=memo)
            except (CapReached, AccountNotOpen):  # full, and what is there is promised: the credit waits
                pass
        void(hold_uid=hold_uid, uid=f"{hold_uid}:void")
    return credit_or_await(uid=late_uid, fund=fund, payee=payee, minutes=minutes, memo=memo)


def bonus(*, post_uid: str, uid: str, fund: str, minutes: int) -> Transfer | None:
    """The part of a ratio above 1, from the community fund, beside the post; None when the fund cannot."""
    posted = _posted(post_uid)
    leg = Leg(
        uid=uid, kind=TransferKind.BONUS, debit_id=fund, credit_id=posted.credit_account_id, amount=minutes,
        link_uid=post_uid,
    )  # fmt: skip
    try:
        return done_before(leg) or _store_within_cap(leg, None)
    except NotEnoughMinutes:
        return None


def overrun(*, post_uid: str, uid: str, minutes: int, by: str) -> Transfer:
    """Minutes beyond the hold, from the same payer, because the elder (`by`, or who speaks for her) said so."""
    posted = _posted(post_uid)
    leg = Leg(
        uid=uid, kind=TransferKind.OVERRUN, debit_id=posted.debit_account_id, credit_id=posted.credit_account_id,
        amount=minutes, link_uid=post_uid, made_by_id=by,
    )  # fmt: skip
    return done_before(leg) or _store_within_cap(leg, None)


def donate(
    *, uid: str, giver: str, fund: str, minutes: int, by: str | None, memo: Words | str | None = None
) -> Transfer:
    """Stored minutes given to a fund; the credits that waited for the fund are paid with them."""
    leg = Leg(uid=uid, kind=TransferKind.DONATE, debit_id=giver, credit_id=fund, amount=minutes, made_by_id=by)
    done = store(leg, memo)
    _fund_was_filled(fund)
    return done


# Two people -----------------------------------------------------------------------------------------------------------


def propose(
    *,
    uid: str,
    kind: TransferKind,
    debit: str,
    credit: str,
    minutes: int,
    by: str,
    reverses: str | None = None,
    memo: Words | str | None = None,
) -> Approval:
    """A transfer that needs others' approval, proposed by a person; the uid will be the transfer's."""
    ledger_id = account(debit).ledger_id
    lock(ledger_id)
    wanted = Approval(
        uid=uid, person_id=by, step=str(Step.PROPOSE), ledger_id=ledger_id, kind=str(kind), debit_account_id=debit,
        credit_account_id=credit, amount=minutes, reverses_uid=reverses, created_at=clock.now(),
    )  # fmt: skip
    before = _proposal(uid)
    if before is not None:
        if _content(before) != _content(wanted) or before.person_id != by:
            raise UidReused
        return before
    _speak(wanted)
    remember(uid, memo)
    session.flush()
    return wanted


def approve(*, uid: str, by: str) -> Transfer | None:
    """One person's yes; with enough of them the transfer is stored and returned, before that None."""
    proposal = _open_proposal(uid)
    if by in _said(uid):
        done = transfer(uid)
        if done is not None and by != proposal.person_id:
            return done
        raise SamePersonTwice
    if _is_decided(uid):
        raise AlreadyDecided
    _speak(_word(proposal, by, Step.APPROVE))
    if _approvers(uid) < approvers_needed(proposal.kind, proposal.person_id):
        return None
    done = store(
        Leg(
            uid=uid,
            kind=TransferKind(proposal.kind),
            debit_id=proposal.debit_account_id,
            credit_id=proposal.credit_account_id,
            amount=proposal.amount,
            reverses_uid=proposal.reverses_uid,
            made_by_id=proposal.person_id,
            agreed_by=",".join(sorted(_said(uid))),
        )
    )
    _fund_was_filled(proposal.credit_account_id)
    return done


def refuse(*, uid: str, by: str) -> Approval:
    """One person's no, which ends the proposal (the proposer's own no withdraws nothing: she asks a colleague)."""
    proposal = _open_proposal(uid)
    if by in _said(uid):
        raise SamePersonTwice
    if _is_decided(uid):
        raise AlreadyDecided
    return _speak(_word(proposal, by, Step.REFUSE))


def seed(
    *, uid: str, issuance: str, to: str, minutes: int, approvers: Sequence[str], memo: Words | str | None = None
) -> Transfer:
    """New minutes from the issuance's budget, on the word of two people or more (the first proposes)."""
    return _agreed(
        uid=uid, kind=TransferKind.SEED, debit=issuance, credit=to, minutes=minutes, people=approvers, memo=memo
    )


def reverse(
    *, uid: str, of: str, by: str, approver: str | None = None, memo: Words | str | None = None
) -> Transfer | None:
    """The exact opposite of a posted transfer, once. Without `approver` it is proposed, and None comes back."""
    proposal = propose_reversal(uid=uid, of=of, by=by, memo=memo)
    if approver is None:
        return transfer(proposal.uid)
    return approve(uid=uid, by=approver)


def propose_reversal(*, uid: str, of: str, by: str, memo: Words | str | None = None) -> Approval:
    """The proposal to undo a posted transfer."""
    wrong = transfer(of)
    if wrong is None:
        raise NotFound
    if wrong.kind == TransferKind.REVERSAL or wrong.phase not in (Phase.SINGLE, Phase.POST):
        raise NotReversible
    undone = was_reversed(of)
    if undone is not None and undone.uid != uid:
        raise AlreadyReversed
    return propose(
        uid=uid, kind=TransferKind.REVERSAL, debit=wrong.credit_account_id, credit=wrong.debit_account_id,
        minutes=wrong.amount, by=by, reverses=of, memo=memo,
    )  # fmt: skip


def adjust(
    *, uid: str, debit: str, credit: str, minutes: int, people: Sequence[str], memo: Words | str | None = None
) -> Transfer:
    """A correction between a person's account and the adjustment account, on the word of a proposer and two others."""
    return _agreed(
        uid=uid, kind=TransferKind.ADJUST, debit=debit, credit=credit, minutes=minutes, people=people, memo=memo
    )


def settle(
    *, uid: str, of: str, to: str, minutes: int, people: Sequence[str], memo: Words | str | None = None
) -> Transfer:
    """What a person leaves (on leaving or death) moved to the nominee, the fund or the expiry account, by two."""
    return _agreed(uid=uid, kind=TransferKind.SETTLE, debit=of, credit=to, minutes=minutes, people=people, memo=memo)


# State of an account --------------------------------------------------------------------------------------------------


def freeze(*, account_id: str, by: str | None, reason: str) -> Standing:
    """The account takes voids and adjustments only, until it is opened again. Freezing twice is freezing once."""
    return _set_state(account_id, State.FROZEN, by, reason)


def unfreeze(*, account_id: str, by: str | None, reason: str) -> Standing:
    """The account takes everything again, and gets what waited for it."""
    opened = _set_state(account_id, State.OPEN, by, reason)
    _fund_was_filled(account_id)
    for fund in sorted({waiting.fund_account_id for waiting in awaited_credits(payee_account_id=account_id)}):
        pay_awaited(fund)
    return opened


def close(*, account_id: str, by: str | None, reason: str) -> Standing:
    """The account, empty and without holds, takes nothing any more."""
    row = account(account_id)
    lock(row.ledger_id)
    row = account(account_id)
    if row.posted or row.held:
        raise AccountNotEmpty
    return _set_state(account_id, State.CLOSED, by, reason)


# ----------------------------------------------------------------------------------------------------------------------


def _clearing(payer: str) -> str:
    row = account(payer)
    found = find_account(AccountKind.CLEARING, row.ledger_id, unit=Unit(row.unit))
    if found is None:
        found = open_account(
            ledger_id=row.ledger_id, kind=AccountKind.CLEARING, owner_id=row.ledger_id, unit=Unit(row.unit), cap_min=0
        )
    return found.id


def _hold(uid: str) -> Transfer:
    row = transfer(uid)
    if row is None or row.phase != Phase.HOLD:
        raise NotFound
    return row


def _posted(uid: str) -> Transfer:
    row = transfer(uid)
    if row is None or row.phase != Phase.POST:
        raise NotFound
    return row


def _store_within_cap(leg: Leg, memo: Words | str | None) -> Transfer:
    """The transfer; a payee who would pass her cap first gives the surplus to her community fund."""
    lock(account(leg.credit_id).ledger_id)
    before = done_before(leg)
    if before is not None:
        return before
    payee = account(leg.credit_id)
    surplus = 0 if payee.room is None else leg.amount - payee.room
    fund = _fund_of_owner(payee) if 0 < surplus <= payee.available else None
    if fund is None:
        return store(leg, memo)
    given = Leg(
        uid=f"{leg.uid}:surplus", kind=TransferKind.DONATE, debit_id=payee.id, credit_id=fund.id,
        amount=surplus, link_uid=leg.uid,
    )  # fmt: skip
    with session.begin_nested():  # both or neither: nobody gives a surplus of minutes she did not get
        store(given)
        done = store(leg, memo)
    _fund_was_filled(fund.id)
    return done


def _fund_of_owner(payee: Account) -> Account | None:
    person = session.get(Person, payee.owner_id)
    return fund_of(person.unit_code) if person else None


def _fund_was_filled(account_id: str) -> None:
    if account(account_id).kind == AccountKind.COMMUNITY_FUND:
        pay_awaited(account_id)


def _agreed(
    *, uid: str, kind: TransferKind, debit: str, credit: str, minutes: int, people: Sequence[str],
    memo: Words | str | None,
) -> Transfer:  # fmt: skip
    """The transfer, on the word of all `people` at once: the first proposes, the others approve."""
    if len(set(people)) <= NEEDED_APPROVERS[kind]:
        raise SamePersonTwice
    proposer, *others = people
    propose(uid=uid, kind=kind, debit=debit, credit=credit, minutes=minutes, by=proposer, memo=memo)
    done = transfer(uid)
    for other in others:
        done = done or approve(uid=uid, by=other)
    assert done is not None
    return done


def _proposal(uid: str) -> Approval | None:
    return session.scalar(select(Approval).where(Approval.uid == uid, Approval.step == Step.PROPOSE))


def _open_proposal(uid: str) -> Approval:
    """The proposal, with its book locked, so that two who decide at once do so one after the other."""
    proposal = _proposal(uid)
    if proposal is None:
        raise NotFound
    lock(proposal.ledger_id)
    return proposal


def _said(uid: str) -> set[str]:
    return set(session.scalars(select(Approval.person_id).where(Approval.uid == uid)))


def _approvers(uid: str) -> int:
    return len(session.scalars(select(Approval.uid).where(Approval.uid == uid, Approval.step == Step.APPROVE)).all())


def _is_decided(uid: str) -> bool:
    refused = select(Approval.uid).where(Approval.uid == uid, Approval.step == Step.REFUSE)
    return transfer(uid) is not None or session.scalar(refused) is not None


def _word(proposal: Approval, by: str, step: Step) -> Approval:
    return Approval(
        uid=proposal.uid, person_id=by, step=str(step), ledger_id=proposal.ledger_id, kind=proposal.kind,
        debit_account_id=proposal.debit_account_id, credit_account_id=proposal.credit_account_id,
        amount=proposal.amount, reverses_uid=proposal.reverses_uid, created_at=clock.now(),
    )  # fmt: skip


def _content(row: Approval) -> tuple[object, ...]:
    return (row.kind, row.debit_account_id, row.credit_account_id, row.amount, row.reverses_uid)


def _speak(word: Approval) -> Approval:
    """Store one person's word; OwnAccount when one of the sides is hers."""
    owners = {account(word.debit_account_id).owner_id, account(word.credit_account_id).owner_id}
    if word.person_id in owners:
        raise OwnAccount
    session.add(word)
    record(
        None if word.person_id == SYSTEM_WORD else word.person_id, f"ledger.{word.step}", f"transfer:{word.uid}",
        detail={"kind": word.kind, "minutes": word.amount},
    )  # fmt: skip
    session.flush()
    return word


def _set_state(account_id: str, state: State, by: str | None, reason: str) -> Standing:
    row = account(account_id)
    lock(row.ledger_id)
    last = session.scalar(
        select(Standing).where(Standing.account_id == account_id).order_by(Standing.nr.desc()).limit(1)
    )
    if last is not None and last.state == state:
        return last
    if last is not None and last.state == State.CLOSED:
        raise AccountNotOpen
    if last is None and state is State.OPEN:
        return Standing(account_id=account_id, nr=0, state=str(state), reason="", created_at=row.opened_at)
    new = Standing(
        account_id=account_id, nr=(last.nr if last else 0) + 1, state=str(state), reason=reason, set_by_id=by,
        created_at=clock.now(),
    )  # fmt: skip
    session.add(new)
    record(by, f"account.{state}", f"account:{account_id}")
    session.flush()
    return new
