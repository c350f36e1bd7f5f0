"""To whom a campaign speaks, and of which invoices: groups, tags, amounts, a view that somebody kept."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from counterfoil.domain.statuses import DisplayStatus, InvoiceStatus
from counterfoil.features.clients.models import Link
from counterfoil.features.clients.records import find_source
from counterfoil.features.invoices.documents import Question, View, select_documents
from counterfoil.features.invoices.listed import SALES
from counterfoil.features.reminding.models import Campaign
from counterfoil.mirror.models import Contact, Invoice

_DAYS = ("dated_from", "dated_to", "due_from", "due_to")
_WORDS = ("search", "currency", "contact_id")


def write_asks(question: Question) -> dict[str, Any]:
    """Return a question about sales invoices as a campaign keeps it, without its order and place."""
    asks: dict[str, Any] = {"view": question.view.value}
    asks |= {name: getattr(question, name) for name in _WORDS if getattr(question, name)}
    asks |= {name: day.isoformat() for name in _DAYS if (day := getattr(question, name))}
    if question.status:
        asks["status"] = question.status.value
    return asks


def read_asks(asks: Mapping[str, Any]) -> Question:
    """Return the question that a campaign keeps."""
    days: dict[str, Any] = {name: date.fromisoformat(asks[name]) for name in _DAYS if name in asks}
    words = {name: asks[name] for name in _WORDS if name in asks}
    status = DisplayStatus(asks["status"]) if "status" in asks else None
    return Question(view=View(asks["view"]), by_name=True, status=status, **days, **words)


def select_unpaid(campaign: Campaign, *, today: date) -> "QuerySet[Invoice]":
    """Return the unpaid invoices of the audience, as a view of them stands on a day, in no order yet."""
    wanted = Q(
        organisation=campaign.organisation_id,
        kind=SALES,
        status=InvoiceStatus.AUTHORISED,
        gone_at=None,
        amount_due__gt=0,
    )
    if campaign.currency:
        wanted &= Q(currency=campaign.currency)
    if campaign.least is not None:
        wanted &= Q(amount_due__gte=campaign.least)
    if campaign.most is not None:
        wanted &= Q(amount_due__lte=campaign.most)
    if campaign.view_asks:
        wanted &= Q(pk__in=_select_viewed(campaign, today).values("pk"))
    invoices = Invoice.objects.filter(wanted)
    for condition in _list_conditions(campaign, "contact_id"):
        invoices = invoices.filter(condition)
    return invoices


def select_contacts(campaign: Campaign, *, today: date) -> "QuerySet[Contact]":
    """Return the customers of the audience, in no order yet."""
    contacts = Contact.objects.filter(
        organisation=campaign.organisation_id, gone_at=None, status="ACTIVE", is_customer=True
    )
    if campaign.view_asks:
        contacts = contacts.filter(xero_id__in=_select_viewed(campaign, today).values("contact_id"))
    for condition in _list_conditions(campaign, "xero_id"):
        contacts = contacts.filter(condition)
    return contacts


def _select_viewed(campaign: Campaign, today: date) -> "QuerySet[Invoice]":
    source = find_source(campaign.organisation, today=today)
    return select_documents([source], read_asks(campaign.view_asks))


def _list_conditions(campaign: Campaign, column: str) -> Sequence[Q]:
    """Return what the audience asks of a contact."""
    contacts = Contact.objects.filter(organisation=campaign.organisation_id)
    conditions = []
    if campaign.group_ids:
        chosen = contacts.filter(group_ids__overlap=campaign.group_ids).values("xero_id")
        conditions.append(Q(**{f"{column}__in": chosen}))
    if campaign.excluded_group_ids:
        left = contacts.filter(group_ids__overlap=campaign.excluded_group_ids).values("xero_id")
        conditions.append(~Q(**{f"{column}__in": left}))
    if campaign.excluded_contact_ids:
        conditions.append(~Q(**{f"{column}__in": campaign.excluded_contact_ids}))
    if campaign.client_tags:
        tagged = Link.objects.filter(
            organisation=campaign.organisation_id, client__tags__overlap=campaign.client_tags
        )
        conditions.append(Q(**{f"{column}__in": tagged.values("contact_id")}))
    return conditions
