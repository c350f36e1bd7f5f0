"""What can be asked about fields that differ: what waits for a person, is on its way, or was decided."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet

from counterfoil.domain.outbox import OutboxState
from counterfoil.domain.ownership import FIELD_BY_NAME, TwoWayField
from counterfoil.features.clients.models import Client
from counterfoil.features.two_way.deciding import ASKED_TOGETHER, sign
from counterfoil.features.two_way.models import Difference, FieldsChoice, Push
from counterfoil.mirror.models import Contact, Organisation

PAGE_SIZE = 50

Why = Difference.Why
TO_DECIDE = (Why.FIRST, Why.BOTH, Why.REFUSED, Why.HELD)


class Show(StrEnum):
    """Which of the fields are shown."""

    TO_DECIDE = "decide"
    BLOCKED = "blocked"
    SENDING = "sending"
    DECIDED = "decided"


@dataclass(frozen=True)
class Row:
    """One field, whose it is, and what is to be seen of it."""

    difference: Difference
    field: TwoWayField
    who: str
    client_id: int
    contact_id: str
    contact_name: str

    @property
    def seen(self) -> str:
        """What tells these two values from later ones."""
        return sign(self.difference)

    @property
    def may_send_ours(self) -> bool:
        """Say whether choosing ours would do anything now."""
        return self.difference.why != Why.BLOCKED


@dataclass(frozen=True)
class Sending:
    """One change on its way to Xero, field by field."""

    push: Push
    who: str
    client_id: int
    changes: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Tally:
    """How many fields there are of each sort, and of those to decide how many of each field."""

    to_decide: int
    blocked: int
    sending: int
    by_field: Sequence[tuple[TwoWayField, int]]


def count_differences(organisation: Organisation) -> Tally:
    """Count; two queries."""
    open_ones = Difference.objects.filter(organisation=organisation, decided_at=None)
    counted = Counter[tuple[str, bool]]()
    by_field = Counter[str]()
    for name, why, count in (
        open_ones.values_list("field", "why").annotate(count=Count("pk")).order_by("field", "why")
    ):
        counted["all", why == Why.BLOCKED] += count
        if why != Why.BLOCKED:
            by_field[name] += count
    sending = _list_pushes().filter(organisation=organisation).count()
    fields = [(FIELD_BY_NAME[name], count) for name, count in by_field.most_common()]
    return Tally(counted["all", False], counted["all", True], sending, fields)


def list_differences(
    organisation: Organisation, *, show: Show, field: str = "", after: int = 0
) -> tuple[list[Row], int | None]:
    """Return a page of fields, those that wait longest first, and where the next begins; two queries."""
    rows = Difference.objects.filter(organisation=organisation)
    match show:
        case Show.DECIDED:
            rows = rows.exclude(decided_at=None).order_by("-pk")
            rows = rows.filter(pk__lt=after) if after else rows
        case _:
            is_blocked = Q(why=Why.BLOCKED)
            rows = rows.filter(is_blocked if show is Show.BLOCKED else ~is_blocked, decided_at=None)
            rows = rows.filter(pk__gt=after).order_by("pk")
    if field:
        rows = rows.filter(field=field)
    found = list(rows.select_related("link__client", "person", "decided_by", "operation")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return _name(organisation, page), page[-1].pk if len(found) > PAGE_SIZE else None


def find_difference(organisation: Organisation, difference_id: int) -> Row | None:
    """Return one field that differs or was decided about; two queries."""
    rows = Difference.objects.filter(organisation=organisation, pk=difference_id)
    found = list(rows.select_related("link__client", "person", "decided_by", "operation"))
    return next(iter(_name(organisation, found)), None)


def count_asked_together(organisation: Organisation, field: str) -> int:
    """Return about how many this field is asked and may be answered for all at once."""
    asked = Difference.objects.filter(organisation=organisation, decided_at=None, field=field)
    return asked.filter(why__in=ASKED_TOGETHER).count()


def list_sending(organisation: Organisation, *, after: int = 0) -> tuple[list[Sending], int | None]:
    """Return a page of what is on its way, oldest first, and where the next begins; one query."""
    pushes = _list_pushes().filter(organisation=organisation, pk__gt=after).order_by("pk")
    found = list(pushes.select_related("operation", "link__client", "link__person")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    rows = [
        Sending(
            push=push,
            who=(push.link.person or push.link.client).name,
            client_id=push.link.client_id,
            changes=[(FIELD_BY_NAME[name].label, value) for name, value in push.values.items()],
        )
        for push in page
    ]
    return rows, page[-1].pk if len(found) > PAGE_SIZE else None


def list_of_client(client: Client) -> list[Row]:
    """Return the fields of a client and its people that differ, in every organisation; two queries."""
    rows = Difference.objects.filter(link__client=client, decided_at=None).order_by("pk")
    found = list(rows.select_related("organisation", "link__client", "person", "operation"))
    return _name(None, found)


def list_sending_of_client(client: Client) -> list[Sending]:
    """Return the changes of a client that are on their way; one query."""
    pushes = _list_pushes().filter(link__client=client).order_by("pk")
    return [
        Sending(push, client.name, client.pk, [(FIELD_BY_NAME[n].label, v) for n, v in push.values.items()])
        for push in pushes.select_related("operation", "organisation")
    ]


def is_two_way(organisation: Organisation) -> bool:
    """Say whether contact fields go both ways."""
    return FieldsChoice.objects.filter(organisation=organisation, is_on=True).exists()


def count_to_decide() -> "QuerySet[Difference, Any]":
    """Return what counts, for an organisation that a query is about, the fields that wait for a person."""
    waiting = Difference.objects.filter(
        organisation=OuterRef("pk"), decided_at=None, why__in=TO_DECIDE
    ).order_by()
    return waiting.values("organisation").annotate(count=Count("pk")).values("count")


def _list_pushes() -> "QuerySet[Push]":
    """Return what may still go by itself; what was refused or held is a question, and shown as one."""
    return Push.objects.exclude(operation__state__in=[OutboxState.REFUSED, OutboxState.HELD])


def _name(organisation: Organisation | None, differences: Sequence[Difference]) -> list[Row]:
    contacts = Contact.objects.filter(xero_id__in=[one.link.contact_id for one in differences])
    if organisation is not None:
        contacts = contacts.filter(organisation=organisation)
    names = dict(contacts.values_list("xero_id", "name"))
    return [
        Row(
            difference=one,
            field=FIELD_BY_NAME[one.field],
            who=(one.person or one.link.client).name,
            client_id=one.link.client_id,
            contact_id=one.link.contact_id,
            contact_name=names.get(one.link.contact_id, ""),
        )
        for one in differences
    ]
