"""The audit log of a workspace: who did what, and when."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.db import connection, models
from django.db.models import Q, QuerySet

from counterfoil.features.workspaces.models import AuditEntry, Membership, User
from counterfoil.mirror.scope import in_workspace

PAGE_SIZE = 50
_CHUNK = 2000

# Through what a person acts at this moment, when it is not by a page.
_through: ContextVar[str] = ContextVar("through", default="")


class Act(models.TextChoices):
    """What is written down, and what it is called on the page; add yours where it belongs."""

    # people
    PERSON_INVITED = "person.invited", "Invited"
    INVITATION_REVOKED = "person.invitation_revoked", "Took back the invitation of"
    PERSON_JOINED = "person.joined", "Joined"
    ROLE_CHANGED = "person.role_changed", "Changed the role of"
    PERSON_REMOVED = "person.removed", "Removed"
    PERSON_LEFT = "person.left", "Left the firm"
    OWNERSHIP_TRANSFERRED = "person.ownership_transferred", "Handed the firm over to"
    XERO_SIGN_IN_LINKED = "person.xero_sign_in_linked", "Linked a Xero sign-in"
    XERO_SIGN_IN_UNLINKED = "person.xero_sign_in_unlinked", "Unlinked a Xero sign-in"
    # connections
    ORGANISATION_CONNECTED = "connection.connected", "Connected"
    ORGANISATION_RECONNECTED = "connection.reconnected", "Reconnected"
    MADE_READ_ONLY = "connection.made_read_only", "Made read-only"
    CONNECTION_REMOVED = "connection.removed", "Removed the connection to"
    ORGANISATION_FORGOTTEN = "connection.forgotten", "Forgot everything about"
    APP_SAVED = "connection.app_saved", "Saved the Xero app"
    APP_FORGOTTEN = "connection.app_forgotten", "Forgot the Xero app"
    DATA_IMPORTED = "connection.data_imported", "Imported an earlier tool's data"
    DATA_ASSIGNED = "connection.data_assigned", "Assigned imported data"
    DATA_TAKEN_BACK = "connection.data_taken_back", "Took back imported data"
    RECORDS_IMPORTED = "clients.imported", "Imported clients, people or deals from"
    RECORDS_TAKEN_BACK = "clients.taken_back", "Took back the import of"
    HELD_TO_ONE = "connection.held_to_one", "Held the firm to one organisation"
    LIMIT_LIFTED = "connection.limit_lifted", "Allowed several organisations"
    # organisations
    AUTO_SYNC_ON = "organisation.auto_sync_on", "Switched auto-sync on for"
    AUTO_SYNC_OFF = "organisation.auto_sync_off", "Switched auto-sync off for"
    RHYTHM_CHOSEN = "organisation.rhythm_chosen", "Chose how often to ask Xero for changes of"
    OUTBOX_RULES_CHOSEN = "organisation.outbox_rules_chosen", "Chose how Xero is written to:"
    # webhooks
    WEBHOOK_KEY_SAVED = "webhooks.key_saved", "Saved the webhook key of the app"
    WEBHOOKS_REPLAYED = "webhooks.replayed", "Had read again what webhooks told of"
    # contact fields in two ways
    FIELDS_TWO_WAY_ON = "fields.two_way_on", "Let contact fields go both ways with"
    FIELDS_TWO_WAY_OFF = "fields.two_way_off", "Stopped contact fields from going both ways with"
    FIELDS_TAKEN = "fields.taken", "Took over what was changed in Xero for"
    FIELDS_DECIDED = "fields.decided", "Decided between both sides about"
    FIELDS_UNDONE = "fields.undone", "Took back the decision about"
    FIELDS_AGREED = "fields.agreed", "Agreed to many changes at once for"
    # reminders
    CAMPAIGN_ACTIVATED = "reminders.activated", "Activated the campaign"
    CAMPAIGN_PAUSED = "reminders.paused", "Paused the campaign"
    CAMPAIGN_RESUMED = "reminders.resumed", "Resumed the campaign"
    CAMPAIGN_ARCHIVED = "reminders.archived", "Archived the campaign"
    ALL_REMINDERS_PAUSED = "reminders.all_paused", "Paused all reminders of"
    ALL_REMINDERS_RESUMED = "reminders.all_resumed", "Let reminders go again of"
    SENDER_CHOSEN = "reminders.sender_chosen", "Chose who carries messages of"
    RULES_CHANGED = "reminders.rules_changed", "Changed the rules of reminders for"
    RULES_REVIEWED = "reminders.rules_reviewed", "Reviewed the rules of reminders for"
    WISHES_NOTED = "reminders.wishes_noted", "Noted who wants messages of"
    WISHES_TAKEN_OUT = "reminders.wishes_taken_out", "Took out who wants messages of"
    HELD_BACK = "reminders.held_back", "Held reminders back for"
    HOLD_ENDED = "reminders.hold_ended", "Let reminders go again for"
    # the copy
    RECORDS_READ_AGAIN = "copy.read_again", "Applied what was read again of"
    # programs
    TOKEN_MADE = "token.made", "Made the token"
    TOKEN_REVOKED = "token.revoked", "Revoked the token"
    SUBSCRIBED = "events.subscribed", "Had events told to"
    SUBSCRIPTION_ON = "events.switched_on", "Went on telling events to"
    SUBSCRIPTION_OFF = "events.switched_off", "Stopped telling events to"
    UNSUBSCRIBED = "events.unsubscribed", "Ended the events to"
    EVENTS_REPLAYED = "events.replayed", "Had told once more:"
    DONE_BY_PROGRAM = "program.did", "Did by the API:"
    PERSON_HANDED_OVER = "person.handed_over", "Took out everything that is known about"
    FIRM_TAKEN_OUT = "firm.taken_out", "Took everything of the firm out into a file:"
    EXPORT_FETCHED = "firm.export_fetched", "Fetched the file with everything of the firm:"
    EXPORT_DROPPED = "firm.export_dropped", "Deleted the file with everything of the firm:"
    PERSON_ERASED = "person.erased", "Erased one person here:"
    FIRM_BROUGHT_IN = "firm.brought_in", "Brought in from another installation:"
    READER_MADE = "reader.made", "Let this role of the database read the firm:"
    READER_ENDED = "reader.ended", "Took from the database the role"
    # the firm
    FIRM_FOUNDED = "firm.founded", "Founded the firm"
    FIRM_RENAMED = "firm.renamed", "Renamed the firm"


# What the acts are sorted by, as their codes begin.
AREAS = {
    "firm": "The firm",
    "person": "People",
    "connection": "Connections",
    "organisation": "Organisations",
    "clients": "Clients from files",
    "fields": "Contact fields",
    "reminders": "Reminders",
    "copy": "The copy",
    "webhooks": "Webhooks",
    "token": "Tokens",
    "events": "Events to other tools",
    "program": "Programs",
}


@dataclass(frozen=True)
class AuditQuestion:
    """Which entries are wanted: of one area, with some words in them, from a day to a day, both included."""

    area: str = ""
    search: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether anything was asked for."""
        return self != AuditQuestion()


@dataclass(frozen=True)
class AuditPlace:
    """Where the log goes on: before this entry."""

    before: int


@dataclass(frozen=True)
class AuditPage:
    """One page of the log, latest first, and the id that the next page begins after."""

    entries: Sequence[AuditEntry]
    next_before: int | None


def record(
    *, workspace_id: int, act: Act, now: datetime, who: User | None = None, what: str = ""
) -> AuditEntry:
    """
    Write down that somebody did something; call it in the transaction that does it.

    `what` names what it was done to, in words for people, and holds no secret. Without `who` it was
    Counterfoil itself or Xero. The person's name is kept as it is now, for when they are gone.
    """
    who_name = (_through.get() or name_person(who)) if who else "Counterfoil"
    return AuditEntry.objects.create(
        workspace_id=workspace_id, who=who, who_name=who_name[:255], act=act, what=what[:500], at=now
    )


@contextmanager
def acting_through(name: str) -> Iterator[None]:
    """Have what is written down within say that it was done by this: "token Nightly of Mara Tane"."""
    before = _through.set(name)
    try:
        yield
    finally:
        _through.reset(before)


def let_entries_go() -> None:
    """Let this transaction delete entries, which the database refuses otherwise: when they are too old."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('counterfoil.forgets_audit', 'on', true)")


def record_of_person(*, user: User, act: Act, now: datetime, what: str = "") -> None:
    """Write down what a person did with their own sign-in, in every firm that they work for."""
    for workspace_id in Membership.objects.filter(user=user).values_list("workspace_id", flat=True):
        with in_workspace(workspace_id):
            record(workspace_id=workspace_id, act=act, who=user, what=what, now=now)


def name_person(user: User) -> str:
    """Return what a person is called: their name, else their e-mail address."""
    return user.get_full_name() or user.email


def list_entries(
    *, workspace_id: int, before: int | None = None, question: AuditQuestion | None = None
) -> AuditPage:
    """Return one page of the log; one query."""
    entries = _select(workspace_id, question or AuditQuestion())
    if before is not None:
        entries = entries.filter(pk__lt=before)
    found = list(entries[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return AuditPage(entries=page, next_before=page[-1].pk if len(found) > PAGE_SIZE else None)


def iterate_entries(*, workspace_id: int, question: AuditQuestion) -> Iterator[AuditEntry]:
    """Yield every entry that is wanted, latest first."""
    yield from _select(workspace_id, question).iterator(chunk_size=_CHUNK)


def _select(workspace_id: int, question: AuditQuestion) -> QuerySet[AuditEntry]:
    entries = AuditEntry.objects.filter(workspace_id=workspace_id)
    if question.area:
        entries = entries.filter(act__startswith=f"{question.area}.")
    if question.search:
        words = question.search
        entries = entries.filter(Q(what__icontains=words) | Q(who_name__icontains=words))
    if question.first:
        entries = entries.filter(at__gte=datetime.combine(question.first, time.min, tzinfo=UTC))
    if question.last:
        entries = entries.filter(at__lte=datetime.combine(question.last, time.max, tzinfo=UTC))
    return entries.order_by("-pk")


def describe_act(act: str) -> str:
    """Return what an act is called on the page; one of a later version keeps its code."""
    return str(Act(act).label) if act in Act.values else act
