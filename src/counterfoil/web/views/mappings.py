"""Mappings: what our words mean in an organisation, tried on a sample, and copied from another one (K15)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.domain.datekit import find_zone, today_in
from counterfoil.domain.totals import AmountsAre, LineTotal, Totals
from counterfoil.features.connections.queries import list_connected
from counterfoil.features.invoicing import mapping
from counterfoil.features.invoicing.books import Books, read_books
from counterfoil.features.invoicing.checks import check_document
from counterfoil.features.invoicing.documents import Document, DocumentLine
from counterfoil.features.invoicing.findings import Finding
from counterfoil.features.invoicing.mapping import EVERYTHING_ELSE, Mapped, Meaning
from counterfoil.features.invoicing.models import DraftLine, InvoicingChoices
from counterfoil.features.invoicing.queries import list_refused
from counterfoil.features.invoicing.resolving import resolve_line
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation
from counterfoil.web import pickers
from counterfoil.web.amounts import NotANumber, read_decimal
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.pickers import NotOffered, Picker
from counterfoil.web.requests import FirmRequest

_LONGEST_DUE = 365


@dataclass(frozen=True)
class Meant:
    """One thing that a word means, as it is shown; in use or not any more."""

    label: str
    is_lost: bool = False


@dataclass(frozen=True)
class Row:
    """A service and what it means."""

    service: str
    account: Meant | None
    tax: Meant | None
    item: Meant | None
    tracking: Sequence[Meant]


@dataclass(frozen=True)
class Sample:
    """A line made up to see where it goes."""

    line: DocumentLine
    made: LineTotal
    totals: Totals
    account: str
    tax: str
    tracking: str
    currency: str
    findings: Sequence[Finding]


@require_GET
@for_firm
def show_mappings(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show all mappings of an organisation, and where a sample line would go."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "mappings/not_connected.html")
    books, mapped, choices = _read(organisation)
    payments = pickers.pick_payment_account(books)
    methods = dict.fromkeys([EVERYTHING_ELSE, *mapping.METHODS, *mapped.payment_accounts])
    theme = mapped.branding_theme_id
    return render(
        request,
        "mappings/mappings.html",
        {
            "organisation": organisation,
            "rows": [_describe(books, service, mapped) for service in ("", *filter(None, mapped.services))],
            "methods": [
                (place, method, payments.show(mapped.payment_accounts.get(method, "")))
                for place, method in enumerate(methods)
            ],
            "payments": payments,
            "theme": theme,
            "themes": books.themes,
            "choices": choices,
            "amounts": AmountsAre.choices(),
            "others": [other for other in list_connected() if other.pk != organisation.pk],
            "services": [service for service in mapped.services if service],
            "refused": list_refused(organisation),
            "sample": _try_out(request.GET, organisation, books, mapped, choices),
        },
    )


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.CONFIGURE)
def edit_mapping(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Say what one service means, or forget it; the address names it, and without a name it is a new one."""
    organisation = _require(request)
    books, mapped, _ = _read(organisation)
    service = request.GET.get("service")
    if service and service not in mapped.services:
        raise Http404("This service is not mapped.")
    if request.method == "POST":
        return _save_mapping(request, organisation, books, mapped, service)
    meaning = mapped.services.get(service or "", Meaning()) if service is not None else Meaning()
    return _show_form(
        request, organisation, service, list(_list_fields(books, service, meaning)), service or ""
    )


def _save_mapping(
    request: FirmRequest, organisation: Organisation, books: Books, mapped: Mapped, service: str | None
) -> HttpResponse:
    if request.POST.get("act") == "forget" and service is not None:
        mapping.forget_service(organisation, ours=service)
        messages.success(request, f"{service or 'Everything else'} is not mapped any more.")
        return redirect("mappings", organisation.pk)
    old = mapped.services.get(service, Meaning()) if service is not None else Meaning()
    fields = list(_list_fields(books, service, old, given=request.POST))
    name, problem = request.POST.get("name", ""), ""
    if not any(field.error for field in fields):
        meaning, now = _read_meaning(fields), timezone.now()
        try:
            if service == EVERYTHING_ELSE:
                mapping.map_everything_else(organisation, meaning=meaning, by=request.user, now=now)
            else:
                mapping.map_service(
                    organisation, ours=name, was=service or "", meaning=meaning, by=request.user, now=now
                )
        except (mapping.WordMissing, mapping.WordTaken) as error:
            problem = str(error)
        else:
            messages.success(request, f"{name or 'Everything else'} is mapped.")
            return redirect("mappings", organisation.pk)
    return _show_form(request, organisation, service, fields, name, problem=problem, status=422)


@dataclass(frozen=True)
class Field:
    """A picker with what was typed into it."""

    picker: Picker
    label: str
    text: str
    key: str = ""
    error: str = ""
    hint: str = ""


def _list_fields(
    books: Books, service: str | None, meaning: Meaning, *, given: QueryDict | None = None
) -> Iterator[Field]:
    yield _field(pickers.pick_account(books), "Account", meaning.account_id, given, _OF_ACCOUNT)
    yield _field(pickers.pick_tax(books), "Tax rate", meaning.tax_type, given, _OF_TAX)
    if service != "":
        yield _field(pickers.pick_item(books), "Item", meaning.item_id, given, _OF_ITEM)
    for category in books.list_categories():
        picker = pickers.pick_option(category)
        yield _field(picker, category.name, meaning.tracking.get(category.xero_id, ""), given, "")


_OF_ACCOUNT = "Where the line is booked. Type a code or a part of a name."
_OF_TAX = "Empty: that of the item, the contact or the account in Xero."
_OF_ITEM = "Gives description and price where the line has none."


def _field(picker: Picker, label: str, key: str, given: QueryDict | None, hint: str) -> Field:
    if given is None:
        return Field(picker, label, picker.show(key), key, hint=hint)
    text = given.get(picker.field, "")
    try:
        return Field(picker, label, text, picker.read(text), hint=hint)
    except NotOffered as error:
        return Field(picker, label, text, error=str(error), hint=hint)


def _read_meaning(fields: Sequence[Field]) -> Meaning:
    keys = {field.picker.field: field.key for field in fields}
    return Meaning(
        account_id=keys.get("account", ""),
        tax_type=keys.get("tax", ""),
        item_id=keys.get("item", ""),
        tracking={
            name.removeprefix("tracking-"): key for name, key in keys.items() if name.startswith("tracking-")
        },
    )


def _show_form(
    request: FirmRequest,
    organisation: Organisation,
    service: str | None,
    fields: Sequence[Field],
    name: str,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "mappings/edit.html",
        {
            "organisation": organisation,
            "service": service,
            "is_default": service == "",
            "name": name,
            "fields": fields,
            "problem": problem,
        },
        status=status,
    )


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def save_payment_accounts(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Say for each way to pay which account the money goes to."""
    organisation = _require(request)
    picker = pickers.pick_payment_account(read_books([organisation.pk])[organisation.pk])
    methods, typed = request.POST.getlist("method"), request.POST.getlist("account")
    try:
        chosen = {
            method: picker.read(text)
            for method, text in zip(methods, typed, strict=False)
            if method or text or method == EVERYTHING_ELSE
        }
        mapping.map_payments(organisation, accounts=chosen, by=request.user, now=timezone.now())
    except (NotOffered, mapping.WordMissing) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The accounts for payments are saved.")
    return redirect("mappings", organisation.pk)


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def save_choices(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Say how invoices of an organisation begin: their tax, decimals, due date and look."""
    organisation = _require(request)
    days = request.POST.get("due_days", "")
    amounts_are, decimals = request.POST.get("amounts_are"), request.POST.get("decimals")
    books = read_books([organisation.pk])[organisation.pk]
    theme = request.POST.get("theme", "")
    is_good = (
        days.isascii()
        and days.isdigit()
        and int(days) <= _LONGEST_DUE
        and amounts_are in set(AmountsAre)
        and decimals in {"2", "4"}
        and (not theme or theme in books.themes)
    )
    if not is_good:
        messages.error(request, f"Nothing was saved: days are a whole number up to {_LONGEST_DUE}.")
        return redirect("mappings", organisation.pk)
    now = timezone.now()
    mapping.choose(
        organisation,
        amounts_are=str(amounts_are),
        decimals=int(str(decimals)),
        due_days=int(days),
        by=request.user,
        now=now,
    )
    mapping.map_branding(organisation, theme_id=theme, by=request.user, now=now)
    messages.success(request, "Invoices of this organisation begin like this from now on.")
    return redirect("mappings", organisation.pk)


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def copy_mappings(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Take over the mappings of another organisation, and list what has no match here."""
    organisation = _require(request)
    source_id = request.POST.get("source", "")
    sources = {str(other.pk): other for other in list_connected() if other.pk != organisation.pk}
    source = sources.get(source_id)
    if source is None:
        messages.error(request, "Choose the organisation to copy from.")
        return redirect("mappings", organisation.pk)
    copied = mapping.copy_mappings(source=source, target=organisation, by=request.user, now=timezone.now())
    return render(
        request,
        "mappings/copied.html",
        {"organisation": organisation, "source": source, "copied": copied},
    )


def _require(request: FirmRequest) -> Organisation:
    organisation = get_current(request)
    assert organisation is not None
    return get_object_or_404(Organisation, pk=organisation.pk)


def _read(organisation: Organisation) -> tuple[Books, Mapped, InvoicingChoices]:
    books = read_books([organisation.pk])[organisation.pk]
    return books, mapping.read_mappings([organisation.pk])[organisation.pk], mapping.get_choices(organisation)


def _describe(books: Books, service: str, mapped: Mapped) -> Row:
    meaning = mapped.services.get(service, Meaning())
    accounts = {account.xero_id: account for account in books.accounts.values()}
    items = {item.xero_id: item for item in books.items.values()}
    tracking = []
    for category_id, option_id in meaning.tracking.items():
        category = books.categories.get(category_id)
        option = category.options.get(option_id) if category else None
        label = f"{category.name}: {option.name}" if category and option else "Not in Xero any more"
        lost = category is None or option is None or not (category.is_active and option.is_active)
        tracking.append(Meant(label, is_lost=lost))
    account, tax, item = (
        accounts.get(meaning.account_id),
        books.taxes.get(meaning.tax_type),
        items.get(meaning.item_id),
    )
    return Row(
        service=service,
        account=_meant(
            meaning.account_id,
            f"{account.code} {account.name}" if account else "",
            is_lost=account is None or not account.is_active,
        ),
        tax=_meant(meaning.tax_type, tax.name if tax else "", is_lost=tax is None or not tax.is_active),
        item=_meant(meaning.item_id, f"{item.code} {item.name}" if item else "", is_lost=item is None),
        tracking=tracking,
    )


def _meant(key: str, label: str, *, is_lost: bool) -> Meant | None:
    return Meant(label or "Not in Xero any more", is_lost=is_lost) if key else None


def _try_out(
    query: QueryDict, organisation: Organisation, books: Books, mapped: Mapped, choices: InvoicingChoices
) -> Sample | None:
    """Resolve a made-up line by the mappings, and check it as if it were to be approved."""
    if "sample" not in query:
        return None
    try:
        quantity = read_decimal(query.get("quantity", "")) or Decimal(1)
        price = read_decimal(query.get("price", ""))
    except NotANumber:
        return None
    service = query.get("sample", "")[: mapping.LONGEST_WORD]
    written = DraftLine(
        service=service,
        description=service or "Work",
        quantity=quantity,
        unit_amount=price if price is not None else None if mapped.find(service).item_id else Decimal(100),
        tracking={},
    )
    line = resolve_line(written, books=books, mapped=mapped, contact=None)
    today = today_in(find_zone(books.timezone), timezone.now())
    document = Document(
        organisation_id=organisation.pk,
        contact_id="",
        date=today,
        due_date=today + timedelta(days=choices.due_days),
        currency=books.base_currency,
        lines=(line,),
        amounts_are=AmountsAre(choices.amounts_are),
        decimals=choices.decimals,
        branding_theme_id=mapped.branding_theme_id,
        approves=True,
    )
    totals = document.compute_totals(books.rates)
    account, tax = books.accounts.get(line.account_code), books.taxes.get(line.tax_type)
    # The sample is for nobody; everything else about it counts.
    findings = [one for one in check_document(document, books) if one.field != "contact"]
    return Sample(
        line=line,
        made=totals.lines[0],
        totals=totals,
        account=f"{account.code} {account.name}" if account else line.account_code,
        tax=tax.name if tax else line.tax_type,
        tracking=", ".join(_name_options(books, dict(line.tracking))),
        currency=books.base_currency,
        findings=findings,
    )


def _name_options(books: Books, tracking: Mapping[str, str]) -> Iterator[str]:
    for category_id, option_id in tracking.items():
        category = books.categories.get(category_id)
        option = category.options.get(option_id) if category else None
        if category and option:
            yield f"{category.name}: {option.name}"
