"""Acts on the books, as the person at Xero would do them."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xero_sandbox.books.contacts import add_contact, archive_contact, edit_contact, merge_contact
from xero_sandbox.books.credits import add_credit_note, allocate_credit, void_credit_note
from xero_sandbox.books.invoices import add_invoice, edit_invoice, set_status
from xero_sandbox.books.items import add_item, delete_item
from xero_sandbox.books.locks import set_lock_dates
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.payments import delete_payment, pay_invoice
from xero_sandbox.books.problems import ActRefused
from xero_sandbox.books.roles import set_role
from xero_sandbox.books.rows import Record
from xero_sandbox.control.random_changes import make_random_changes
from xero_sandbox.control.requests import answers_json, read_fields
from xero_sandbox.wire.datekit import parse_day
from xero_sandbox.world import World

Fields = dict[str, Any]
ROLES = ("FINANCIALADVISER", "STANDARD", "READONLY")
_ADD: dict[str, Callable[[Organisation, Fields], Record]] = {
    "invoices": add_invoice,
    "contacts": add_contact,
    "credit-notes": add_credit_note,
    "items": add_item,
}


class ActEndpoints:
    """One endpoint per kind of act; the noun and verb of the address choose."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._verbs: dict[tuple[str, str], Callable[[Organisation, str, Fields], Record]] = {
            ("invoices", "void"): lambda books, key, _: set_status(books, key, "VOIDED"),
            ("invoices", "approve"): lambda books, key, _: set_status(books, key, "AUTHORISED"),
            ("invoices", "delete"): lambda books, key, _: set_status(books, key, "DELETED"),
            ("invoices", "edit"): edit_invoice,
            ("invoices", "pay"): self._pay,
            ("contacts", "archive"): lambda books, key, _: archive_contact(books, key),
            ("contacts", "edit"): edit_contact,
            ("contacts", "merge"): lambda books, key, given: merge_contact(
                books, key, str(given.get("ContactID", ""))
            ),
            ("payments", "delete"): self._delete_payment,
            ("credit-notes", "allocate"): self._allocate,
            ("credit-notes", "void"): lambda books, key, _: void_credit_note(books, key),
        }

    @answers_json
    async def add(self, request: Request) -> Response:
        """Add a record."""
        books = self.world.get_organisation(request.path_params["tenant_id"])
        add = _ADD.get(request.path_params["noun"])
        if add is None:
            return _unknown(request)
        return JSONResponse(add(books, await read_fields(request)), status_code=201)

    @answers_json
    async def act(self, request: Request) -> Response:
        """Do something to a record."""
        books = self.world.get_organisation(request.path_params["tenant_id"])
        verb = self._verbs.get((request.path_params["noun"], request.path_params["verb"]))
        if verb is None:
            return _unknown(request)
        return JSONResponse(verb(books, request.path_params["record_id"], await read_fields(request)))

    @answers_json
    async def delete(self, request: Request) -> Response:
        """Delete an item or a billable expense for good."""
        books = self.world.get_organisation(request.path_params["tenant_id"])
        match request.path_params["noun"]:
            case "items":
                delete_item(books, request.path_params["record_id"])
            case "linked-transactions":
                books.remove("LinkedTransactions", request.path_params["record_id"])
            case _:
                return _unknown(request)
        return Response(status_code=204)

    @answers_json
    async def set_locks(self, request: Request) -> Response:
        """Close the books up to a day, or open them again with null."""
        books = self.world.get_organisation(request.path_params["tenant_id"])
        given = await read_fields(request)
        set_lock_dates(books, **{name: parse_day(day) if day else None for name, day in given.items()})
        return JSONResponse(books.profile)

    @answers_json
    async def set_role(self, request: Request) -> Response:
        """Give the person who connected another role: FINANCIALADVISER, STANDARD or READONLY."""
        books = self.world.get_organisation(request.path_params["tenant_id"])
        role = (await read_fields(request)).get("role")
        if role not in ROLES:
            raise ActRefused(f"role must be one of {', '.join(ROLES)}")
        set_role(books, role)
        return JSONResponse({"role": role})

    @answers_json
    async def random_changes(self, request: Request) -> Response:
        """Make many random legal changes."""
        books = self.world.get_organisation(request.path_params["tenant_id"])
        fields = await read_fields(request)
        made = make_random_changes(
            books,
            count=int(fields.get("count", 10)),
            seed=int(fields.get("seed", 1)),
            blind_spots=bool(fields.get("blind_spots", False)),
        )
        return JSONResponse({"changes": sum(made.values()), "by_kind": made})

    def _pay(self, books: Organisation, invoice_id: str, fields: Fields) -> Record:
        day = parse_day(fields["date"]) if fields.get("date") else None
        return pay_invoice(
            books,
            invoice_id,
            amount=fields.get("amount"),
            day=day,
            reference=fields.get("reference", ""),
            bumps_invoice=self.world.settings.payment_bumps_invoice,
        )

    def _delete_payment(self, books: Organisation, payment_id: str, _: Fields) -> Record:
        bumps = self.world.settings.payment_bumps_invoice
        return delete_payment(books, payment_id, bumps_invoice=bumps)

    def _allocate(self, books: Organisation, credit_id: str, fields: Fields) -> Record:
        return allocate_credit(
            books,
            "CreditNotes",
            credit_id,
            invoice_id=str(fields.get("InvoiceID", "")),
            amount=fields.get("amount"),
            bumps_invoice=self.world.settings.payment_bumps_invoice,
        )


def _unknown(request: Request) -> Response:
    return JSONResponse({"error": f"There is no act {request.url.path}"}, status_code=404)
