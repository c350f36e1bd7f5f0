"""The search over everything a firm has, in the same few queries whatever is typed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from counterfoil.domain.money import Money
from counterfoil.features.clients.models import Client, Deal, Person
from counterfoil.features.invoices.listed import SALES, describe
from counterfoil.features.searching.documents import find_documents, read_credit_notes, read_invoices
from counterfoil.features.searching.hits import Group, Hit, Kind, Status
from counterfoil.features.searching.names import find_named
from counterfoil.mirror.days import find_todays
from counterfoil.mirror.models import Contact, CreditNote, Invoice, Organisation

_CONTACTS_FOLLOWED = 5


def search_everything(
    organisations: Sequence[Organisation], search: str, *, limit: int, now: datetime
) -> list[Group]:
    """
    Return what was found, by kind, at most `limit` of each; kinds without a hit are left out.

    A name finds the contact, and the newest documents of a contact whose name has it.
    """
    contacts = _find_contacts(organisations, search, limit + 1)
    named = [row["xero_id"] for row in contacts if row["is_literal"]][:_CONTACTS_FOLLOWED]
    documents = find_documents(organisations, search, contacts=named, limit=limit + 1)
    by_id = {organisation.pk: organisation for organisation in organisations}
    invoices = read_invoices(documents["mirror_invoice"])
    groups = [
        *_find_own(search, limit + 1),
        (Kind.CONTACTS, [_describe_contact(row, by_id) for row in contacts]),
        *_describe_invoices(invoices, by_id, now),
        (
            Kind.CREDIT_NOTES,
            [_describe_credit(row, by_id) for row in read_credit_notes(documents["mirror_creditnote"])],
        ),
    ]
    return [Group(kind, hits[:limit], len(hits) > limit) for kind, hits in groups if hits]


def _find_own(search: str, limit: int) -> list[tuple[Kind, list[Hit]]]:
    def find(rows: Any, *fields: str) -> list[dict[str, Any]]:
        fields = ("pk", "name", "archived_at", *fields)
        return find_named(rows, search, fields, limit=limit, is_away=_is_archived)

    return [
        (
            Kind.CLIENTS,
            [
                Hit(Kind.CLIENTS, str(row["pk"]), row["name"], _join(row["number"], row["email"], _away(row)))
                for row in find(Client.objects, "number", "email")
            ],
        ),
        (
            Kind.PEOPLE,
            [
                Hit(
                    Kind.PEOPLE,
                    str(row["pk"]),
                    row["name"],
                    _join(row["position"], row["client__name"], _away(row)),
                )
                for row in find(Person.objects, "position", "client__name")
            ],
        ),
        (
            Kind.DEALS,
            [
                Hit(Kind.DEALS, str(row["pk"]), row["name"], _join(row["client__name"], _away(row)))
                for row in find(Deal.objects, "client__name")
            ],
        ),
    ]


def _find_contacts(organisations: Sequence[Organisation], search: str, limit: int) -> list[dict[str, Any]]:
    return find_named(
        Contact.objects.filter(organisation__in=organisations, gone_at=None),
        search,
        ["organisation_id", "xero_id", "name", "status", "is_customer", "is_supplier"],
        limit=limit,
        is_away=lambda row: row["status"] != "ACTIVE",
    )


def _describe_contact(row: dict[str, Any], by_id: Mapping[int, Organisation]) -> Hit:
    roles = ["Customer"] * row["is_customer"] + ["Supplier"] * row["is_supplier"]
    away = "" if row["status"] == "ACTIVE" else "Archived"
    return Hit(
        Kind.CONTACTS,
        row["xero_id"],
        row["name"],
        _join(" and ".join(roles).capitalize(), away),
        by_id[row["organisation_id"]],
    )


def _describe_invoices(
    invoices: Sequence[Invoice], by_id: Mapping[int, Organisation], now: datetime
) -> list[tuple[Kind, list[Hit]]]:
    todays = find_todays(list(by_id.values()), now)
    hits: dict[Kind, list[Hit]] = {Kind.INVOICES: [], Kind.BILLS: []}
    for invoice in invoices:
        kind = Kind.INVOICES if invoice.kind == SALES else Kind.BILLS
        listed = describe(invoice, todays[invoice.organisation_id])
        hits[kind].append(_describe_document(kind, invoice, by_id, Status(listed.word, listed.slug)))
    return list(hits.items())


def _describe_credit(note: CreditNote, by_id: Mapping[int, Organisation]) -> Hit:
    return _describe_document(Kind.CREDIT_NOTES, note, by_id, None)


def _describe_document(
    kind: Kind, record: Invoice | CreditNote, by_id: Mapping[int, Organisation], status: Status | None
) -> Hit:
    day = f"{record.date.day} {record.date:%b %Y}" if record.date else ""
    return Hit(
        kind,
        record.xero_id,
        record.number or record.reference or "No number",
        _join(record.contact_name, day, record.reference if record.number else ""),
        by_id[record.organisation_id],
        Money(record.total, record.currency),
        status,
    )


def _is_archived(row: dict[str, Any]) -> bool:
    return row["archived_at"] is not None


def _away(row: dict[str, Any]) -> str:
    return "Archived" if _is_archived(row) else ""


def _join(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
