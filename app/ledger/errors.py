"""What a well-meaning person can run into at the time bank."""

from flask_babel import lazy_gettext as _l

from app.errors import DomainError, Unavailable


class NotEnoughMinutes(DomainError):
    text = _l("There is not enough time stored: %(available)s minutes can be used, %(wanted)s are asked for.")


class CapReached(DomainError):
    text = _l("This account is full: only %(room)s more minutes fit in.")


class AccountNotOpen(DomainError):
    text = _l("This account is frozen or closed. Please ask the community.")


class AccountNotEmpty(DomainError):
    text = _l("This account still holds time, so it cannot be closed.")


class UidReused(DomainError):
    text = _l("This was sent before with other content. Nothing was changed.")


class HoldIsOver(DomainError):
    text = _l("The time kept for this order was already used or given back.")


class HoldExpired(DomainError):
    text = _l("The time kept for this order ran out of date. It goes back to its owner.")


class MoreThanHeld(DomainError):
    text = _l("Only %(held)s minutes were kept for this order.")


class OwnAccount(DomainError):
    text = _l("Nobody decides about time on their own account. Please ask a colleague.")


class SamePersonTwice(DomainError):
    text = _l("This needs two people. You have already given your word, so a colleague must approve.")


class AlreadyDecided(DomainError):
    text = _l("This has already been decided.")


class AlreadyReversed(DomainError):
    text = _l("This line has already been corrected.")


class AlreadyRefunded(DomainError):
    text = _l("This was given back already. It is given back once only.")


class RefundWaits(DomainError):
    text = _l("A colleague has asked to give this back already. A second person must decide it first.")


class NotReversible(DomainError):
    text = _l("This line cannot be corrected: it moved no time, or it is a correction itself.")


class NoSuchDirection(DomainError):
    text = _l("Time cannot move this way.")


class NotAWholeNumber(DomainError):
    text = _l("Please give a whole number of minutes above zero.")


class BesideAlready(DomainError):
    text = _l("The extra time of this visit was stored before. It is stored once only.")


class OverrunNotAgreed(DomainError):
    status = 403
    text = _l("Only the elder, or who speaks for the elder, can say that the longer time counts.")


class KeptForOrders(DomainError):
    text = _l("%(held)s minutes are still kept for orders. Please call these orders off first.")


class NothingStored(DomainError):
    text = _l("Nothing is stored here.")


class NotRedeemable(DomainError):
    text = _l("The rules here do not allow this to be redeemed.")


class NotItsPurpose(DomainError):
    text = _l("This fund was given for another purpose.")


class NotAnnounced(DomainError):
    text = _l("Nothing lapses before its owner was told twice, in good time.")


class NoSigningKey(DomainError):
    status = 503
    text = _l(
        "There is no key to sign with. Put the file head_key back into the data folder, or set LIANXIN_HEAD_KEY. A new "
        "site gets its key from ./run flask init."
    )


class UnknownSigningKey(DomainError):
    status = 503
    text = _l("The key here is not the newest one that heads are signed with. Put the right one into the data folder.")


class KeyIsGiven(DomainError):
    text = _l("The key comes from LIANXIN_HEAD_KEY. Move it into the file head_key first, then renew it.")


class BookWasChanged(DomainError):
    text = _l("Line %(seq)s is not what was published before. Nothing is published until this is understood.")


class NotPublishedYet(DomainError):
    text = _l("This line is newer than the last seal of the books. Its receipt is ready tomorrow.")


class SaltErased(DomainError):
    text = _l("What a receipt of this line needs was erased on request. The line itself stands.")


class GiftsStopped(DomainError):
    text = _l("Gifts from this passbook are stopped. Let them go again first, or ask the community.")


class GiftIsOver(DomainError):
    text = _l("This gift was ended before it was given. Nothing was moved.")


class GiftIsGiven(DomainError):
    text = _l("This gift was given already and can no longer be called back. If it was a mistake, call the community.")


class GiftWaits(DomainError):
    text = _l("This gift still waits. A first gift is given only after its waiting time.")


class GuardsMissing(Unavailable):
    text = _l(
        "The safeguards of the time bank are not complete, so nothing can be changed now. Nothing is lost, and"
        " everything can be read. Please call the administrator."
    )
