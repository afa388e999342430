"""The words of every message, by kind. Places are filled from the notice's data; no health facts, no door, ever."""

from flask_babel import lazy_gettext as _l

TEXTS = {
    "sign_in_code": _l("Your code is %(code)s. It is good for 15 minutes. Tell nobody."),
    "link_made": _l("The community made a sign-in link for you. If you did not ask for one, call the community."),
    "new_device": _l("Somebody signed in to your account from a new device. If it was not you, call the community."),
    "rights_changed": _l("Your roles here have changed. Please sign in again to see your new pages."),
    "phone_changed": _l("The community now has another phone number for you. If you did not ask for it, call us."),
    # joining and family
    "family_bound": _l("%(name)s may now order for you. If you do not want this, end it under Family, or call us."),
    "family_bound_by_card": _l("%(name)s was bound as family of %(elder)s by the card. Please ask the elder."),
    "family_asks": _l(
        "%(name)s, %(phone)s, wants to order for %(elder)s. Please ask the elder at the door."
    ),
    "family_ended": _l("You no longer act for %(name)s. Thank you for your help."),
    "applied": _l("Thank you for enrolling. The community will call you to check your identity."),
    "volunteer_applied": _l("%(name)s has enrolled as a volunteer. Please call and check the identity."),
    # orders
    "ordered_for_you": _l("%(name)s ordered for you: %(item)s on %(day)s. Order D-%(number)s. Not right? Call us."),
    "wished_for_you": _l("%(name)s passed on a wish of yours for %(day)s. Order D-%(number)s. Not right? Call us."),
    "order_to_review": _l("Order D-%(number)s waits for your review."),
    "order_for_today": _l("Order D-%(number)s is for today. Please see who can come."),
    "order_taken_on": _l("The community has taken on order D-%(number)s for %(day)s. You hear who comes."),
    "order_asked_back": _l("The community has a question about order D-%(number)s. Please look, or call us."),
    "order_answered": _l("Your question about order D-%(number)s is answered."),
    "order_refused": _l("Order D-%(number)s can't be taken on: %(reason)s"),
    "kept_apart": _l("After order D-%(number)s the elder wishes for somebody else. Please look at coming visits."),
    "order_not_served": _l("Nobody could come on %(day)s for order D-%(number)s. We are sorry. Please call us."),
    # the match
    "not_matched_yet": _l("Nobody can come on %(day)s yet for order D-%(number)s. The community goes on looking."),
    "nobody_left": _l("Everybody who can come for order D-%(number)s was asked. Please look at it."),
    # visits
    "offer": _l("Help is asked for on %(day)s at %(start_min)s. Please answer by %(answer_at)s; a no is fine too."),
    "offer_gone": _l("Somebody else already goes on %(day)s at %(start_min)s. Thank you for being ready to help."),
    "visit_cancelled": _l("The visit on %(day)s at %(start_min)s is called off. Nobody expects you. Thank you."),
    "arranged": _l("%(name)s comes to you on %(day)s at %(start_min)s. Order D-%(number)s."),
    "not_coming": _l("%(name)s can't come on %(day)s after all. We are asking somebody else and will tell you."),
    "on_the_way": _l("%(name)s is on the way to you. Order D-%(number)s."),
    "late": _l("Your volunteer is a little late and asks you to wait. Order D-%(number)s."),
    "please_confirm": _l("The visit is over after %(minutes)s. Please say whether it was right. Order D-%(number)s."),
    "stored": _l("Your visit was confirmed. %(minutes)s are in your time passbook."),
    "stored_later": _l("Your visit was confirmed. %(minutes)s are noted, and stored when the fund is filled."),
    "stored_longer": _l("The elder says that the longer time counts: %(minutes)s more are in your time passbook."),
    "may_go_alone": _l("You have made your first visits with a partner. From now on you may go alone. Thank you."),
    "dispute_upheld": _l("The community looked into the visit on %(day)s. No minutes are stored for it."),
    "dispute_answered": _l("The community has looked into the visit of order D-%(number)s. Please look at the order."),
    "report_late": _l("A volunteer is late for order D-%(number)s. Please let the elder know."),
    "report_no_answer": _l("Nobody opens the door for order D-%(number)s. Please ring the elder now."),
    "report_concern": _l("A volunteer is worried about an elder, order D-%(number)s. Please ring them."),
    "report_dropped_out": _l("A volunteer can't come for order D-%(number)s. Somebody else is needed."),
    "report_dispute": _l("An elder does not agree with a visit, order D-%(number)s. Please look into it."),
    "volunteer_admitted": _l("You are admitted as a volunteer. Your first %(visits)s visits are with a partner."),
    # records and certificates
    "record_entry": _l("On your service record there is now: %(title)s. Is something wrong? Call the community."),
    "record_withdrawn": _l("Taken off your service record: %(title)s. Reason: %(reason)s"),
    "honour_hours": _l("You were granted %(minutes)s as honour hours: %(title)s. They count for your stars."),
    "honour_hours_wait": _l("Honour hours for %(name)s wait for a second person. Please look at them."),
    "certificate_issued": _l("Your service record certificate %(number)s is ready. Open it to print it; it is free."),
    "certificate_revoked": _l("Certificate %(number)s no longer holds: %(reason)s Ask for a new one, or call us."),
    "issuer_missing": _l("A volunteer asks for a certificate. Please say who answers for it; then it is issued."),
    "revocation_waits": _l("A colleague proposes to revoke certificate %(number)s. Please look at it."),
    "volunteer_refused": _l("The community can't admit you as a volunteer: %(reason)s"),
    # rules
    "rules_to_decide": _l("%(name)s proposes a change of the rules. A second person must decide: please look at it."),
    "rules_changed": _l("The rules change from %(day)s on. Please read what is new."),
    "rules_refused": _l("Your change of the rules was not agreed to: %(reason)s"),
    # the time bank
    "passbook_in": _l("%(minutes)s came into your time passbook: %(reason)s. Not right? Call us."),
    "passbook_out": _l("%(minutes)s left your time passbook: %(reason)s. Not right? Call us."),
    "passbook_in_points": _l("Points came in: %(points)s. Why: %(reason)s. Not right? Call us."),
    "passbook_out_points": _l("Points were taken: %(points)s. Why: %(reason)s. Not right? Call us."),
    "refunded": _l("Given back: %(minutes)s that you used at %(shop)s. Why: %(reason)s. Not right? Call us."),
    "refunded_points": _l(
        "Given back: the points you used at %(shop)s: %(points)s. Why: %(reason)s. Not right? Call us."
    ),
    "points_back": _l("A visit of yours was undone, and its points went back: %(points)s. Not right? Call us."),
    "points_back_some": _l(
        "A visit of yours was undone. Of its points, %(points)s went back. You had used %(used)s already: nobody asks"
        " for them back."
    ),
    "points_used": _l(
        "A visit of yours was undone. You had used its points already (%(used)s): nobody asks for them back."
    ),
    "points_dropped": _l(
        "A visit of yours was undone. Its points (%(points)s) were not stored yet, and they will not be."
    ),
    "account_frozen": _l("Your account is stopped for now: %(reason)s. Nothing is lost. Please call us."),
    "account_open": _l("Your account is open again: %(reason)s."),
    "account_closed": _l("Your account is closed: %(reason)s. Its lines stay."),
    "ledger_to_decide": _l("A proposal for the time bank waits for a second person. Please look at it."),
    "proposal_agreed": _l("Your proposal for the time bank was agreed to. The new line stands in the ledger."),
    "proposal_refused": _l("Your proposal for the time bank was not agreed to. Nothing changed."),
    "will_lapse": _l("%(minutes)s that you stored long ago lapse on %(day)s. You can use or give them before."),
    "will_lapse_points": _l("Of your points, %(points)s lapse on %(day)s. You can redeem them before."),
    "lapsed": _l("%(minutes)s that you stored long ago have lapsed, as we told you before."),
    "lapsed_points": _l("Of your points, %(points)s have lapsed, as we told you before."),
    "redeemed": _l("You redeemed something at %(words)s. Your slip is under My points."),
    "team_gave": _l("Your team gave %(minutes)s to a fund. Thank you all."),
    # what members decide about their time
    "gift_waits": _l("You give %(minutes)s to %(name)s. It is given on %(at)s; until then you can call it back."),
    "gift_waits_for_word": _l(
        "You want to give %(minutes)s to %(name)s. Somebody of the community calls you about it first. Did you not"
        " decide this? Call us."
    ),
    "gift_to_ask": _l(
        "%(elder)s wants to give %(minutes)s away. Please ask by phone or at the door, then say it here."
    ),
    "gift_of_elder": _l("%(elder)s has given %(minutes)s away. Please mention it when you next talk to each other."),
    "gift_given": _l("%(minutes)s were given to %(name)s."),
    "gift_received": _l("%(name)s gave you %(minutes)s. They are in your time passbook."),
    "gift_called_back": _l("Your gift of %(minutes)s is called back. Nothing was moved."),
    "gift_not_hers": _l("Your gift of %(minutes)s is not given, since you told the community that you do not want it."),
    "gift_failed": _l("Your gift of %(minutes)s could not be given: %(reason)s"),
    "gifts_stopped": _l("Nothing is given from your time passbook any more. If it was not you, call the community."),
    "gifts_stopped_for": _l("Gifts from the passbook of %(elder)s are stopped. Please ask whether something is wrong."),
    "gifts_go_again": _l("Gifts from your time passbook go again. If you did not want this, stop them, or call us."),
    "gifts_go_again_for": _l("Gifts from the passbook of %(elder)s go again. Please ask whether this is wanted."),
    "donated": _l("Thank you. %(minutes)s of yours are in the community fund now."),
    "nominated": _l("You have said who shall have your time one day. Was it not you? Call the community."),
    "nominated_by": _l("%(elder)s has said who shall have the stored time one day. Please ask whether it is so."),
    "objection_raised": _l("%(name)s says that a line of the time passbook is not right. Please look into it."),
    "objection_answered": _l("The community has looked into a line of the time passbook: %(answer)s"),
    "pool_asked": _l("%(name)s asks you to join the family's time pool. Look at it, and say yes or no."),
    "pool_joined": _l("%(name)s is in the family's time pool now."),
    "pool_joined_by": _l("%(elder)s has joined a family's time pool. Please ask whether this is wanted."),
    "pool_left": _l("%(name)s has left the family's time pool."),
    "pool_rest": _l("Nobody is served from the family's time pool any more. %(minutes)s went to the community fund."),
    "pool_filled": _l("%(name)s gave %(minutes)s into the family's time pool."),
}

SECRET = frozenset({"sign_in_code"})  # kinds whose data is forgotten once it is sent
