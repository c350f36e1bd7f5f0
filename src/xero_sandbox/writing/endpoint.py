"""Which act each writing request is: the method and the address decide (FACTS 5.3)."""

from collections.abc import Callable
from functools import partial

from xero_sandbox.accounting.call import Call
from xero_sandbox.accounting.lists import wrap
from xero_sandbox.books.catalogue import Resource
from xero_sandbox.books.items import delete_item
from xero_sandbox.books.organisation import RecordNotFound
from xero_sandbox.books.problems import ActRefused
from xero_sandbox.books.rows import Record, Row, encode
from xero_sandbox.wire.answers import Answer, not_found, refused
from xero_sandbox.wire.idempotency import KeyMisused
from xero_sandbox.writing.bank import BANK_TRANSACTION, JOURNAL, save_bank_transaction, save_journal
from xero_sandbox.writing.batch import SPLITTABLE, Noun, refuse, refuse_elements, save_all
from xero_sandbox.writing.credit_notes import (
    ALLOCATION,
    delete_allocation,
    save_allocation,
    save_credit_note,
)
from xero_sandbox.writing.files import NOTE, save_attachment, save_note
from xero_sandbox.writing.groups import GROUP, LINK, MEMBER, add_member, remove_members, save_group, save_link
from xero_sandbox.writing.invoices import save_invoice
from xero_sandbox.writing.parties import save_contact
from xero_sandbox.writing.payments import BATCH_PAYMENT, PAYMENT, save_batch_payment, save_payment
from xero_sandbox.writing.repeating import REPEATING, save_repeating
from xero_sandbox.writing.settings import (
    ACCOUNT,
    CURRENCY,
    ITEM,
    TAX_RATE,
    delete_account,
    save_account,
    save_currency,
    save_item,
    save_tax_rate,
)
from xero_sandbox.writing.shapes import (
    CONTACT,
    CREDIT_NOTE,
    INVOICE,
    BodyUnreadable,
    Element,
    Shape,
    dump,
    read_body,
)
from xero_sandbox.writing.tracking import (
    CATEGORY,
    OPTION,
    delete_category,
    delete_option,
    save_category,
    save_option,
)
from xero_sandbox.writing.write import Write

LARGEST_BODY = 10 * 1024 * 1024
_MOST_ITEMS = 500

NOUNS = {
    noun.name: noun
    for noun in (
        Noun("Invoices", INVOICE, save_invoice),
        Noun("CreditNotes", CREDIT_NOTE, save_credit_note),
        Noun("Contacts", CONTACT, save_contact),
        Noun("ContactGroups", GROUP, save_group),
        Noun("Payments", PAYMENT, save_payment),
        Noun("BatchPayments", BATCH_PAYMENT, save_batch_payment),
        Noun("BankTransactions", BANK_TRANSACTION, save_bank_transaction),
        Noun("ManualJournals", JOURNAL, save_journal),
        Noun("LinkedTransactions", LINK, save_link),
        Noun("RepeatingInvoices", REPEATING, save_repeating),
        Noun("Items", ITEM, save_item),
        Noun("Accounts", ACCOUNT, save_account, single=True),
        Noun("TaxRates", TAX_RATE, save_tax_rate, single=True),
        Noun("TrackingCategories", CATEGORY, save_category, single=True),
        Noun("Currencies", CURRENCY, save_currency, single=True),
    )
}
# (method, depth of the address): what an endpoint takes beyond PUT and POST of its own records.
_ONLY_PUT = frozenset({"Accounts", "TrackingCategories", "Currencies", "ContactGroups"})
_NO_POST_BY_ID = frozenset({"Currencies", "TaxRates"})
_CREDITS = frozenset({"CreditNotes", "Prepayments", "Overpayments"})


async def answer_write(call: Call, resource: Resource) -> Answer:
    """Return the answer to a PUT, POST or DELETE; a repeated Idempotency-Key repeats its answer."""
    request = call.request
    body = await request.body()
    if len(body) > LARGEST_BODY:
        return refused(17, "PostDataInvalidException", "The request is larger than 10 MB", status=413)
    key = request.headers.get("idempotency-key", "")
    if not key or request.method not in {"PUT", "POST"}:
        return _answer(call, resource, body)
    assert call.caller is not None
    store, client_id = call.world.idempotency, call.caller.client_id
    fingerprint = (request.method, call.books.tenant_id, str(request.url), body)
    now_s = call.world.clock.now_s()
    try:
        known = store.find(client_id, key, fingerprint, now_s=now_s)
    except KeyMisused as misused:
        return misused.answer
    if known is not None:
        return known
    answer = _answer(call, resource, body)
    store.keep(client_id, key, fingerprint, answer, now_s=now_s)
    return answer


def _answer(call: Call, resource: Resource, body: bytes) -> Answer:
    try:
        with call.books.attempt():
            return _dispatch(call, resource, body)
    except BodyUnreadable as error:
        return refused(17, "PostDataInvalidException", str(error))
    except PartsRefused as error:
        return refuse_elements(error.elements)
    except ActRefused as error:
        return refuse(*error.messages)
    except RecordNotFound:
        return not_found()
    except ArithmeticError:
        return refuse("An amount is too large or too small.")


def _dispatch(call: Call, resource: Resource, body: bytes) -> Answer:
    method, path = call.request.method, call.path
    if len(path) == 1:
        return _save(call, resource, body, record_id=None)
    row = call.books.tables[resource.name].find(path[1])
    if row is None:
        return not_found()
    write = _make_write(call, row.id)
    if len(path) == 2:
        if method == "DELETE":
            return _delete(call, resource, write)
        return _save(call, resource, body, record_id=row.id)
    part = path[2].lower()
    handler = _PARTS.get((resource.name, part)) or _PARTS.get(("", part))
    if handler is None:
        return not_implemented()
    return handler(call, resource, row, body)


def not_implemented() -> Answer:
    """Return 501, what Xero says to a method that an endpoint does not have."""
    message = "The Api Method called is not implemented"
    return refused(20, "ApiMethodNotImplementedException", message, status=501)


def _make_write(call: Call, record_id: str | None) -> Write:
    params = {key.lower(): value for key, value in call.request.query_params.items()}
    return Write(
        call.books,
        creating=call.request.method == "PUT" and record_id is None,
        fine=params.get("unitdp") == "4",
        record_id=record_id,
        bumps_invoice=call.world.settings.payment_bumps_invoice,
    )


def _save(call: Call, resource: Resource, body: bytes, *, record_id: str | None) -> Answer:
    noun = NOUNS.get(resource.name)
    method = call.request.method
    if (
        noun is None
        or method not in {"PUT", "POST"}
        or (method == "PUT" and record_id is not None)
        or (method == "POST" and record_id is None and noun.name in _ONLY_PUT)
        or (record_id is not None and noun.name in _NO_POST_BY_ID)
    ):
        return not_implemented()
    elements = read_body(body, noun.name, noun.shape)
    if noun.single or record_id is not None:
        elements = elements[:1]
    if not elements:
        return refused(17, "PostDataInvalidException", f"{noun.name} must hold at least one element")
    if noun.name == "Items" and len(elements) > _MOST_ITEMS:
        return refuse("A request can hold a maximum of 500 items.")
    params = {key.lower(): value for key, value in call.request.query_params.items()}
    return save_all(
        noun,
        elements,
        lambda: _make_write(call, record_id),
        summarize=noun.name not in SPLITTABLE or params.get("summarizeerrors", "").lower() != "false",
        envelope=call.envelope(),
    )


def _delete(call: Call, resource: Resource, write: Write) -> Answer:
    record_id = write.record_id or ""
    match resource.name:
        case "Items":
            delete_item(call.books, record_id)
        case "LinkedTransactions":
            call.books.remove("LinkedTransactions", record_id)
        case "Accounts":
            return Answer(wrap(call.envelope(), "Accounts", [encode(delete_account(write))]))
        case "TrackingCategories":
            return Answer(wrap(call.envelope(), "TrackingCategories", [encode(delete_category(write))]))
        case _:
            return not_implemented()
    return Answer(status=204)


def _save_parts(
    call: Call, body: bytes, *, plural: str, shape: Shape, save: Callable[[Element], Record]
) -> Answer:
    """Save what belongs to one record; all of it or nothing."""
    elements = read_body(body, plural, shape)
    made: list[Record] = []
    failed: list[Record] = []
    for element in elements:
        try:
            made.append(save(element))
        except ActRefused as error:
            sentences = [{"Message": message} for message in error.messages]
            failed.append(dump(element) | {"ValidationErrors": sentences})
    if failed:
        raise PartsRefused(failed)
    return Answer(wrap(call.envelope(), plural, [encode(item) for item in made]))


class PartsRefused(Exception):
    """Parts of a record were refused; `elements` say why."""

    def __init__(self, elements: list[Record]) -> None:
        self.elements = elements
        super().__init__(len(elements))


def _answer_history(call: Call, resource: Resource, row: Row, body: bytes) -> Answer:
    if call.request.method != "PUT" or len(call.path) != 3:
        return not_implemented()
    save = partial(save_note, call.books, resource, row)
    return _save_parts(call, body, plural="HistoryRecords", shape=NOTE, save=save)


def _answer_attachment(call: Call, resource: Resource, row: Row, body: bytes) -> Answer:
    if not resource.attachments or len(call.path) != 4 or call.request.method not in {"PUT", "POST"}:
        return not_implemented()
    params = {key.lower(): value for key, value in call.request.query_params.items()}
    record = save_attachment(
        call.books,
        resource,
        row,
        file_name=call.path[3],
        mime_type=call.request.headers.get("content-type", "application/octet-stream"),
        content=body,
        online=params.get("includeonline", "").lower() == "true",
        base_url=call.world.settings.url,
    )
    return Answer(wrap(call.envelope(), "Attachments", [encode(record)]))


def _answer_allocations(call: Call, resource: Resource, row: Row, body: bytes) -> Answer:
    write = _make_write(call, row.id)
    if resource.name not in _CREDITS:
        return not_implemented()
    if call.request.method == "DELETE" and len(call.path) == 4:
        taken = delete_allocation(write, resource.name, call.path[3].lower())
        return Answer(encode(call.envelope() | taken))
    if call.request.method != "PUT" or len(call.path) != 3:
        return not_implemented()
    save = partial(save_allocation, write, resource.name)
    return _save_parts(call, body, plural="Allocations", shape=ALLOCATION, save=save)


def _answer_members(call: Call, resource: Resource, row: Row, body: bytes) -> Answer:
    if call.request.method == "DELETE":
        remove_members(call.books, row.id, call.path[3].lower() if len(call.path) == 4 else None)
        return Answer(status=204)
    if call.request.method != "PUT" or len(call.path) != 3:
        return not_implemented()
    save = partial(add_member, _make_write(call, row.id))
    return _save_parts(call, body, plural="Contacts", shape=MEMBER, save=save)


def _answer_options(call: Call, resource: Resource, row: Row, body: bytes) -> Answer:
    write, method = _make_write(call, row.id), call.request.method
    option_id = call.path[3].lower() if len(call.path) == 4 else None
    if method == "DELETE" and option_id is not None:
        return Answer(wrap(call.envelope(), "Options", [encode(delete_option(write, option_id))]))
    if (method, option_id is None) not in {("PUT", True), ("POST", False)}:
        return not_implemented()

    def save(element: Element) -> Record:
        return save_option(write, element, option_id)

    return _save_parts(call, body, plural="Options", shape=OPTION, save=save)


def _answer_email(call: Call, resource: Resource, row: Row, body: bytes) -> Answer:
    if resource.name != "Invoices" or call.request.method != "POST":
        return not_implemented()
    contact = call.books.read("Contacts", row.contact_id or "")
    if row.kind != "ACCREC" or row.status not in {"SUBMITTED", "AUTHORISED", "PAID"}:
        return refuse("Invoices can only be emailed when they are approved sales invoices.")
    if not contact["EmailAddress"]:
        return refuse("The contact has no email address.")
    if call.books.profile["IsDemoCompany"]:
        return refuse("Emails cannot be sent from a demo company.")
    call.books.write("Invoices", row.read() | {"SentToContact": True})
    return Answer(status=204)


_PARTS: dict[tuple[str, str], Callable[[Call, Resource, Row, bytes], Answer]] = {
    ("", "history"): _answer_history,
    ("", "attachments"): _answer_attachment,
    ("", "allocations"): _answer_allocations,
    ("ContactGroups", "contacts"): _answer_members,
    ("TrackingCategories", "options"): _answer_options,
    ("Invoices", "email"): _answer_email,
}
