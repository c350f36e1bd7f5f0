"""
Xero's reasons to refuse a write, each with what it means and what mends it.

What has the same cause has the same key, so that mending it once releases all that wait for it. Xero's
own words are always kept beside ours. Source: Xero developer guide, "HTTP response codes and errors", and
the sentences of real answers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True)
class Cause:
    """Why Xero refused: a key that equal causes share, what it means, and who does what now."""

    key: str
    sentence: str
    next_step: str


# What Xero says, the key, what it means, and what to do; `{0}` is what the expression caught.
_KNOWN: tuple[tuple[str, str, str, str], ...] = (
    (
        r"account code '([^']*)'.*(?:archived|deleted)",
        "account:{0}",
        "The account {0} is archived or deleted in Xero.",
        "Choose another account in the mapping; everything that waits for it is then sent again.",
    ),
    (
        r"account code '([^']*)'",
        "account:{0}",
        "Xero does not take the account {0} on this document.",
        "Choose another account in the mapping; everything that waits for it is then sent again.",
    ),
    (
        r"tax ?type code '([^']*)'",
        "tax:{0}",
        "The tax rate {0} does not go with its account.",
        "Choose another tax rate in the mapping, or another account.",
    ),
    (
        r"item code '([^']*)'",
        "item:{0}",
        "Xero does not take the item {0}.",
        "Choose another item in the mapping, or add it in Xero.",
    ),
    (
        r"not subscribed to currency (\w+)",
        "currency:{0}",
        "The organisation does not use the currency {0}.",
        "Add the currency in Xero under Settings, Currencies, and send it again.",
    ),
    (
        r"has been archived.*un-?archived|contact.*archived",
        "contact-archived",
        "The contact is archived in Xero.",
        "Restore the contact in Xero, or choose another, and send it again.",
    ),
    (
        r"lock date",
        "lock_date",
        "The date lies in a period that is locked in Xero.",
        "Change the date, or let an adviser move the lock date in Xero.",
    ),
    (
        r"must be unique|already assigned|already exists|contact number",
        "taken",
        "Something else in Xero has this number, name or code already.",
        "Look whether it is the same thing: then use that one. If not, choose another number or name.",
    ),
    (
        r"payment or credit note allocated|payments or credit notes allocated|supply a LineItemID",
        "settled",
        "The document has payments or credits, and Xero keeps it as it is.",
        "Give a credit note for the difference; or take the payments and credits off first.",
    ),
    (
        r"exceeds the amount outstanding|amount outstanding",
        "exceeds",
        "It is more than is still owed on the document.",
        "Look what was paid meanwhile, and change the amount.",
    ),
    (
        r"only be made against authorised",
        "not_approved",
        "Only an approved invoice can be paid.",
        "Approve the invoice first, and send the payment again.",
    ),
    (
        r"not of valid status",
        "status",
        "In its present state the document does not allow this.",
        "Look at it in Xero: somebody may have changed it meanwhile.",
    ),
    (
        r"limit of invoices you can approve",
        "plan",
        "The organisation's plan at Xero allows no more approved invoices this month.",
        "Send it as a draft, or change the plan in Xero.",
    ),
)
_PATTERNS = [
    (re.compile(pattern, re.IGNORECASE), key, sentence, step) for pattern, key, sentence, step in _KNOWN
]

_UNKNOWN = (
    "Xero refused it.",
    "Correct what Xero names and send it again; repeating it unchanged will not help.",
)


def find_cause(problems: Sequence[str], *, contact_id: str = "") -> Cause:
    """Return the cause behind Xero's words; what is not known is grouped by the words, figures left out."""
    for words in problems:
        for pattern, key, sentence, next_step in _PATTERNS:
            if match := pattern.search(words):
                caught = match.groups() or ("",)
                named = f"{key}:{contact_id}" if key == "contact-archived" and contact_id else key
                return Cause(named.format(*caught)[:120], sentence.format(*caught), next_step.format(*caught))
    plain = re.sub(r"[0-9]+|'[^']*'|\"[^\"]*\"", "#", " ".join(problems)).lower()
    digest = blake2b(plain.encode(), digest_size=8).hexdigest()
    return Cause(f"words:{digest}" if plain else "", *_UNKNOWN)
