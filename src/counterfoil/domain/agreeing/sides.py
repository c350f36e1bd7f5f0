"""What is compared: a record of ours, the contacts that it is, and what is on its way to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from counterfoil.domain.ownership import FIELDS_OF_CLIENT


class Contact(StrEnum):
    """How the contact stands. Only to one that is live anything is written."""

    LIVE = "live"
    ARCHIVED = "archived"
    MERGED = "merged"
    GONE = "gone"
    FORGOTTEN = "forgotten"
    NOT_SEEN = "not_seen"


class Fate(StrEnum):
    """What became of a change that was to go to Xero."""

    WAITING = "waiting"  # not sent: it can still be called back
    IN_DOUBT = "in_doubt"  # being sent, or sent and not answered
    UNSEEN = "unseen"  # done, and what Xero holds since then has not come back yet
    DONE = "done"  # done, and seen
    REFUSED = "refused"
    HELD = "held"  # a person said: do not send


class AtFirst(StrEnum):
    """What becomes of what differs and was never agreed."""

    ASK = "ask"
    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True)
class Sent:
    """A change on its way: the fields that change by it, and all that goes with them."""

    values: Mapping[str, str]
    whole: Mapping[str, str]
    fate: Fate


@dataclass(frozen=True)
class Counterpart:
    """
    A contact that is linked to a record of ours.

    `agreed` lacks what was never agreed; `asked` are fields of those about which a person is asked
    already, and `apart` fields that a person left different. `cannot_push` says why nothing may be
    written there. `left_out` are fields that do not go both ways here.
    """

    key: int
    contact: Contact
    theirs: Mapping[str, str]
    agreed: Mapping[str, str] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    sent: Mapping[str, Sent] = field(default_factory=dict)
    cannot_push: str = ""
    left_out: frozenset[str] = frozenset()
    region: str = ""


@dataclass(frozen=True)
class OurRecord:
    """A client or a person, and every contact that it is. Put away, it neither gives nor takes."""

    key: str
    ours: Mapping[str, str]
    counterparts: Sequence[Counterpart]
    fields: frozenset[str] = FIELDS_OF_CLIENT
    is_put_away: bool = False


def say_contact(contact: Contact) -> str:
    """Return why nothing goes to or fro with a contact that stands so, or nothing where it does."""
    return _STANDINGS[contact]


_STANDINGS: Mapping[Contact, str] = {
    Contact.LIVE: "",
    Contact.ARCHIVED: "Archived in Xero: its changes still come here, and nothing is sent to it.",
    Contact.MERGED: "Merged in Xero into another contact, whose fields count from then on.",
    Contact.GONE: "Xero has this contact no more. What is here stays as it is.",
    Contact.FORGOTTEN: "Xero was asked to forget this contact. Nothing is sent to it or taken from it.",
    Contact.NOT_SEEN: "Not copied yet. It is compared once it is here.",
}
