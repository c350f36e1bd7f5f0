"""What the person at the stand-in sees and can do by hand."""

from itertools import islice
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xero_sandbox.books.documents import read_day
from xero_sandbox.books.invoices import add_invoice, edit_invoice, set_status
from xero_sandbox.books.organisation import Organisation, RecordNotFound
from xero_sandbox.books.payments import pay_invoice
from xero_sandbox.books.problems import ActRefused
from xero_sandbox.control.acts import ROLES
from xero_sandbox.control.tools import render_organisation
from xero_sandbox.pages.templates import render
from xero_sandbox.wire.forms import read_form
from xero_sandbox.world import OrganisationNotFound, World

_SHOWN = 40
_OFFERED_CONTACTS = 500


class Pages:
    """The stand-in's own pages."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def home(self, request: Request) -> Response:
        """List the organisations."""
        organisations = [render_organisation(item) for item in self.world.organisations.values()]
        return render("home.html", organisations=organisations, now=self.world.clock.now())

    async def organisation(self, request: Request) -> Response:
        """Show one organisation's latest documents and the form to raise another."""
        try:
            books = self.world.get_organisation(request.path_params["tenant_id"])
        except OrganisationNotFound:
            return _not_here()
        return _organisation_page(books)

    async def raise_invoice(self, request: Request) -> Response:
        """Raise an invoice or a bill from the form."""
        form = await read_form(request)
        fields = dict(form)
        try:
            books = self.world.get_organisation(request.path_params["tenant_id"])
        except OrganisationNotFound:
            return _not_here()
        try:
            add_invoice(books, fields)
        except (ActRefused, ValueError, ArithmeticError) as error:
            return _organisation_page(books, message=str(error))
        return RedirectResponse(f"/organisations/{books.tenant_id}", status_code=303)

    async def act(self, request: Request) -> Response:
        """Approve, pay or void an invoice."""
        form = await read_form(request)
        invoice_id, verb = request.path_params["invoice_id"], request.path_params["verb"]
        try:
            books = self.world.get_organisation(request.path_params["tenant_id"])
        except OrganisationNotFound:
            return _not_here()
        try:
            if verb == "pay":
                pay_invoice(books, invoice_id, amount=form.get("amount"))
            elif verb == "edit":
                fields = {key: form[key] for key in ("Reference", "DueDate") if form.get(key)}
                edit_invoice(books, invoice_id, fields)
            elif verb in {"void", "approve"}:
                set_status(books, invoice_id, "VOIDED" if verb == "void" else "AUTHORISED")
            else:
                return _not_here()
        except RecordNotFound:
            return _not_here()
        except (ActRefused, ValueError, ArithmeticError) as error:
            return _organisation_page(books, message=str(error))
        return RedirectResponse(f"/organisations/{books.tenant_id}", status_code=303)

    async def invoice(self, request: Request) -> Response:
        """Show the document that a deep link names."""
        books = self.world.find_by_short_code(request.path_params["short_code"])
        row = books.tables["Invoices"].rows.get(request.path_params["invoice_id"]) if books else None
        if books is None or row is None:
            return _not_here()
        return render("document.html", profile=books.profile, invoice=row.read())

    async def contact(self, request: Request) -> Response:
        """Show the contact that a deep link names."""
        books = self.world.find_by_short_code(request.path_params["short_code"])
        row = books.tables["Contacts"].rows.get(request.path_params["contact_id"]) if books else None
        if books is None or row is None:
            return _not_here()
        return render("contact.html", profile=books.profile, contact=row.read())

    async def organisation_login(self, request: Request) -> Response:
        """Follow a deep link that switches organisation first."""
        short_code = request.query_params.get("shortcode", "")
        target = urlsplit(request.query_params.get("redirecturl", ""))
        query = {key.lower(): values[0] for key, values in parse_qs(target.query).items()}
        if "invoiceid" in query:
            return RedirectResponse(f"/app/{short_code}/invoicing/view/{query['invoiceid']}", status_code=302)
        if target.path.lower().startswith("/contacts/view/"):
            contact_id = target.path.rstrip("/").rsplit("/", 1)[-1]
            return RedirectResponse(f"/app/{short_code}/contacts/contact/{contact_id}", status_code=302)
        books = self.world.find_by_short_code(short_code)
        return RedirectResponse(f"/organisations/{books.tenant_id}") if books else _not_here()


def _organisation_page(books: Organisation, *, message: str = "") -> Response:
    contacts = (row.read()["Name"] for row in books.tables["Contacts"] if row.status == "ACTIVE")
    lock_day = read_day(books.profile, "PeriodLockDate")
    return render(
        "organisation.html",
        status=400 if message else 200,
        profile=books.profile,
        invoices=[row.read() for row in reversed(books.tables["Invoices"].in_order[-_SHOWN:])],
        contacts=sorted(islice(contacts, _OFFERED_CONTACTS)),
        message=message,
        roles=ROLES,
        role=books.role,
        lock_date=lock_day.isoformat() if lock_day else "",
    )


def _not_here() -> Response:
    return render("not_here.html", status=404)
