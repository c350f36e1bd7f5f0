"""Agreements as programs write them: what is sent, and what of it can be kept."""

from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from counterfoil.api.entry import list_reached
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.clients import find_deal
from counterfoil.api.shapes import Currency, Day, Digits, Id, read_digits
from counterfoil.domain.billing_calendar import Billed, Every
from counterfoil.domain.fields import BadText, parse_fields
from counterfoil.features.billing.agreeing import PRICED, LineValues
from counterfoil.features.billing.models import Agreement, AgreementLine, RateCard
from counterfoil.features.billing.wording import FIELDS
from counterfoil.features.clients.models import Client
from counterfoil.features.invoicing.books import read_books
from counterfoil.mirror.models import Organisation

_NUMBERS = ("minimum", "discount_rate")
_NUMBERS_OF_LINE = ("quantity", "included", "markup_rate")
_NOT_SENT = ["workspace", "client", "organisation", "deal", "owner", "created_at"]
Text = Annotated[str, Field(max_length=4000)]


class AgreementLineIn(Schema):
    """One line of an agreement. With its `id` it is a line that is there, and what is not sent stays."""

    id: Id | None = None
    kind: AgreementLine.Kind | None = None
    description: Text = ""
    price: Digits | None = Field(default=None, description="What a period or a unit costs from the start")
    quantity: Digits = "1"
    is_split: bool = Field(default=True, description="Whether part of a period costs part of it")
    unit: str = Field(default="", max_length=50)
    included: Digits = "0"
    rate_card_id: Id | None = Field(default=None, description="By which hours are billed")
    markup_rate: Digits = "0"
    service: str = Field(default="", max_length=100)
    item_code: str = Field(default="", max_length=30)
    account_code: str = Field(default="", max_length=10)
    tax_type: str = Field(default="", max_length=50)
    tracking: dict[str, str] = Field(default_factory=dict, description="Xero's id of the option, by category")
    starts_on: Day | None = None
    last_day: Day | None = None


class AgreementChange(Schema):
    """What is to be otherwise about an agreement; what is not sent stays. Lines come all or not at all."""

    organisation_id: Id | None = None
    contact_id: str = Field(default="", max_length=50, description="Empty: the client's only contact there")
    deal_id: Id | None = None
    name: str = Field(default="", min_length=1, max_length=255)
    currency: Currency = "GBP"
    every: Every = Every.MONTH
    billed: Billed = Billed.IN_ADVANCE
    anchor: Day | None = Field(default=None, description="A day on which one of the periods begins")
    starts_on: Day | None = None
    last_day: Day | None = None
    minimum: Digits | None = None
    discount_rate: Digits | None = None
    due_days: int | None = Field(default=None, ge=0, le=1000)
    po_number: str = Field(default="", max_length=100)
    reference: str = Field(default="", max_length=255)
    notes: str = Field(default="", max_length=10_000)
    is_automatic: bool = False
    lines: Annotated[list[AgreementLineIn], Field(max_length=100)] | None = None


class AgreementIn(AgreementChange):
    """A new agreement: a draft, which nothing bills until it is activated."""

    client_id: Id
    organisation_id: Id
    name: str = Field(min_length=1, max_length=255)
    starts_on: Day


def read_agreement(request: HttpRequest, given: AgreementChange, client: Client) -> dict[str, Any]:
    """Return what was sent as an agreement holds it. Raises ApiProblem for what is not there."""
    fields = given.dict(exclude_unset=True, exclude={"client_id", "lines"})
    for name in _NUMBERS:
        if name in fields:
            fields[name] = read_digits(fields[name])
    if "organisation_id" in fields:
        fields["organisation"] = _find_organisation(request, fields.pop("organisation_id"))
    if "deal_id" in fields:
        fields["deal"] = find_deal(fields.pop("deal_id"), client)
    for name in ("every", "billed"):
        if name in fields:
            fields[name] = fields[name].value
    _check_words(fields.get("reference", ""), where="reference")
    return fields


def complete(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a new agreement with what most have: the organisation's currency, whole months."""
    organisation: Organisation = fields["organisation"]
    books = read_books([organisation.pk])[organisation.pk]
    usual = {
        "currency": books.base_currency,
        "every": Every.MONTH.value,
        "billed": Billed.IN_ADVANCE.value,
        "anchor": fields["starts_on"].replace(day=1),
    }
    sent = {name: value for name, value in fields.items() if name not in usual or value is not None}
    return usual | sent


def check(agreement: Agreement, fields: dict[str, Any]) -> None:
    """Look whether an agreement can be as it was sent. Raises ApiProblem and ValidationError."""
    wanted = Agreement(
        **{one.attname: getattr(agreement, one.attname) for one in Agreement._meta.concrete_fields
           if not one.generated}
    )  # fmt: skip
    for name, value in fields.items():
        setattr(wanted, name, value)
    wanted.full_clean(exclude=_NOT_SENT, validate_unique=False)
    if wanted.contact_id and not wanted.client.links.filter(
        organisation=wanted.organisation_id, contact_id=wanted.contact_id
    ):
        raise ApiProblem(
            Problem.NOT_POSSIBLE_NOW,
            "This contact is not known to be the client. Say so first, by a link; then it can be billed.",
        )
    if wanted.organisation_id and "currency" in fields and fields["currency"] != agreement.currency:
        books = read_books([wanted.organisation_id])[wanted.organisation_id]
        if fields["currency"] not in books.currencies | {books.base_currency}:
            raise _wrong("currency", "The organisation does not use this currency.")


def read_lines(agreement: Agreement, given: list[AgreementLineIn] | None) -> list[LineValues]:
    """Return the lines that were sent, or those that are there. Raises ApiProblem and ValidationError."""
    here = {line.pk: line for line in agreement.lines.prefetch_related("prices")}
    sent = [AgreementLineIn(id=pk) for pk in here] if given is None else given
    if len({one.id for one in sent if one.id}) < sum(1 for one in sent if one.id):
        raise _wrong("lines", "One line stands here twice.")
    return [_read_line(agreement, one, here, f"lines/{place}") for place, one in enumerate(sent)]


def _read_line(
    agreement: Agreement, given: AgreementLineIn, here: dict[int, AgreementLine], where: str
) -> LineValues:
    if given.id is not None and given.id not in here:
        raise ApiProblem(Problem.NOT_FOUND, f"The agreement has no line with the number {given.id}.")
    kept = here.get(given.id or 0)
    fields = given.dict(exclude_unset=kept is not None, exclude={"id", "price"})
    if given.kind is None:
        fields["kind"] = kept.kind if kept else AgreementLine.Kind.FIXED.value
    for name in _NUMBERS_OF_LINE:
        if name in fields:
            fields[name] = read_digits(fields[name])
    if "rate_card_id" in fields:
        fields["rate_card"] = _find_card(fields.pop("rate_card_id"))
    line = AgreementLine(workspace_id=agreement.workspace_id, agreement=agreement, place=0)
    for one in AgreementLine._meta.concrete_fields:
        if kept is not None and one.name not in ("id", "place"):
            setattr(line, one.attname, getattr(kept, one.attname))
    for name, value in fields.items():
        setattr(line, name, value)
    price = read_digits(given.price)
    has_price = kept is not None and bool(kept.prices.all())
    _check_line(line, price, has_price=has_price, where=where)
    return LineValues(fields, kept.pk if kept else None, price)


def _check_line(line: AgreementLine, price: Any, *, has_price: bool, where: str) -> None:
    _check_words(line.description, where=f"{where}/description")
    if not line.description and line.kind != AgreementLine.Kind.EXPENSES:
        raise _wrong(f"{where}/description", "Write what the invoice says.")
    if line.kind in PRICED and price is None and not has_price:
        raise _wrong(f"{where}/price", "Say what it costs.")
    if line.kind == AgreementLine.Kind.TIME and line.rate_card is None:
        raise _wrong(f"{where}/rate_card_id", "Say by which rate card hours are billed.")
    if line.quantity <= 0 or line.included < 0 or line.markup_rate < 0:
        raise _wrong(where, "How many is more than none; what is included or added is zero or more.")
    if line.starts_on and line.last_day and line.last_day < line.starts_on:
        raise _wrong(f"{where}/last_day", "The last day is before the first.")
    try:
        line.clean_fields(exclude=["workspace", "agreement", "place", "description", "rate_card"])
    except ValidationError as wrong:
        name, said = next(iter(wrong.message_dict.items()))
        raise _wrong(f"{where}/{name}", " ".join(said)) from wrong


def _find_organisation(request: HttpRequest, organisation_id: int | None) -> Organisation:
    found = next((one for one in list_reached(request) if one.pk == organisation_id), None)
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "No organisation with this number is connected for this token.")
    return found


def _find_card(card_id: int | None) -> RateCard | None:
    if card_id is None:
        return None
    found = RateCard.objects.filter(pk=card_id, kind=RateCard.Kind.BILLED).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no card of rates for clients with this number.")
    return found


def _check_words(text: str, *, where: str) -> None:
    try:
        parse_fields(text, FIELDS)
    except BadText as wrong:
        raise _wrong(where, str(wrong)) from wrong


def _wrong(where: str, what: str) -> ApiProblem:
    return ApiProblem(Problem.NOT_VALID, errors=[{"where": where, "what": what}])
