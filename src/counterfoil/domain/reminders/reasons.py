"""Why a message was sent or not, in words for people."""

from collections.abc import Mapping

from counterfoil.domain.reminders.guard import Why

WORDS: Mapping[Why, str] = {
    Why.FREE: "Nothing spoke against it.",
    Why.ALREADY_SENT: "It was sent before, or may have been.",
    Why.TOO_LATE: "Its day has passed.",
    Why.REMOVED: "The organisation’s connection was removed.",
    Why.ERASED: "The customer had their data erased.",
    Why.LOST: "Xero does not let Counterfoil in, so nobody knows what was paid since.",
    Why.STALE: "The copy of Xero is older than 48 hours.",
    Why.PAUSED: "The campaign is paused.",
    Why.ALL_PAUSED: "All campaigns are paused.",
    Why.ENDED: "The campaign has ended.",
    Why.GONE: "The invoice is no longer in Xero.",
    Why.NOT_APPROVED: "The invoice is not approved.",
    Why.VOIDED: "The invoice was voided or deleted.",
    Why.PAID: "The invoice is paid.",
    Why.CREDITED: "The invoice was credited.",
    Why.MOVED: "The due date was moved.",
    Why.DISPUTED: "The customer disputes it.",
    Why.PROMISED: "The customer has promised to pay.",
    Why.SAYS_PAID: "The customer says that it is paid.",
    Why.HELD: "Somebody here holds reminders back.",
    Why.UNREAD: "The customer has answered, and nobody has looked at it yet.",
    Why.NO_ADDRESS: "No number or address can be used.",
    Why.OPTED_OUT: "The customer wants no messages.",
    Why.NO_CONSENT: "The country’s rules ask for a consent, and none is noted.",
    Why.EXCLUDED: "The customer is left out of all reminders.",
    Why.COUNTRY_OFF: "The rules of the customer’s country are switched off.",
    Why.NOT_REVIEWED: "Nobody here has reviewed the rules of the customer’s country.",
    Why.NO_SENDER: "Sending is not set up.",
    Why.SENDER_NAME: "The country does not let a name send.",
    Why.TEXT: "The message could not be written.",
    Why.NO_LINK_YET: "Xero has not been asked yet where the invoice is paid.",
    Why.QUIET: "It is quiet time where the customer is.",
    Why.NEVER_OPEN: "No allowed hour comes before its day has passed.",
    Why.DAY_CAP: "The customer has had as many messages today as one may have.",
    Why.WEEK_CAP: "The customer has had as many messages in seven days as one may have.",
    Why.MONTH_CAP: "The customer has had as many messages in 31 days as one may have.",
    Why.OTHER_CHANNEL: "The customer was written to in another way today.",
    Why.ORGANISATION_CAP: "The organisation has sent as many messages today as it may.",
    Why.CAMPAIGN_CAP: "The campaign has sent as many messages today as it may.",
    Why.SPEND_LIMIT: "It would cost more than the month’s limit.",
}


def say_why(why: Why, said: str = "") -> str:
    """Return the reason as a sentence, with what only this case knows behind it."""
    return f"{WORDS[why]} {said}".strip()
