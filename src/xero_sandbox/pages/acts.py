"""What the person at the stand-in does beyond single documents: contacts, settings, faults, apps."""

import secrets
from datetime import date

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xero_sandbox.books.contacts import edit_contact, find_by_name, merge_contact
from xero_sandbox.books.credits import add_credit_note, allocate_credit
from xero_sandbox.books.locks import set_lock_dates
from xero_sandbox.books.organisation import Organisation, RecordNotFound
from xero_sandbox.books.problems import ActRefused
from xero_sandbox.books.roles import set_role
from xero_sandbox.control.acts import ROLES
from xero_sandbox.identity.state import App, AppKind
from xero_sandbox.pages.templates import render
from xero_sandbox.wire.faults import KINDS, Fault
from xero_sandbox.wire.forms import Form, read_form
from xero_sandbox.world import OrganisationNotFound, World

FAULT_WORDS = {
    "minute": "The minute's calls are spent (429)",
    "day": "The day's calls are spent (429)",
    "concurrent": "Too many calls at once (429)",
    "429_bare": "Too many calls, with no reason given (429)",
    "503_text": "Offline for maintenance (503)",
    "500": "An error inside Xero (500)",
    "html_404": "An HTML page instead of an answer (404)",
    "token_expired": "The access token is called expired (401)",
    "scope_removed": "A permission was taken away (401)",
    "timeout": "No answer for a second",
    "slow": "An answer after a second",
    "malformed_json": "JSON that cannot be read",
    "truncated": "An answer that breaks off",
    "unknown_status": "A record with an unknown status",
    "missing_field": "A record without its id",
    "commit_then_timeout": "The work is done, the answer is lost",
    "lose_token_answer": "A token is renewed, the answer is lost",
    "token_503": "Tokens cannot be renewed (503)",
    "during_page_change": "Records change between two pages",
}


def say_refusal(books: Organisation, sentence: str) -> Response:
    """Return a page with what could not be done and the way back."""
    return render("refused.html", status=400, profile=books.profile, message=sentence)


class ActPages:
    """Forms that change something and return to where they were sent from."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def change_contact(self, request: Request) -> Response:
        """Archive a contact, take it back, rename it, or merge it into another."""
        form = await read_form(request)
        contact_id, verb = request.path_params["contact_id"], request.path_params["verb"]
        try:
            books = self.world.get_organisation(request.path_params["tenant_id"])
            _change_contact(books, contact_id, verb, form)
        except (OrganisationNotFound, RecordNotFound):
            return render("not_here.html", status=404)
        except ActRefused as error:
            return say_refusal(books, str(error))
        code = books.profile["ShortCode"]
        return RedirectResponse(f"/app/{code}/contacts/contact/{contact_id}", status_code=303)

    async def credit_invoice(self, request: Request) -> Response:
        """Raise a credit note for a net amount and allocate as much of it as the invoice takes."""
        form = await read_form(request)
        try:
            books = self.world.get_organisation(request.path_params["tenant_id"])
            invoice = books.read("Invoices", request.path_params["invoice_id"])
            with books.attempt():
                credit = add_credit_note(
                    books,
                    {
                        "Type": f"{invoice['Type']}CREDIT",
                        "ContactID": invoice["Contact"]["ContactID"],
                        "CurrencyCode": invoice["CurrencyCode"],
                        "CurrencyRate": invoice["CurrencyRate"],
                        "Amount": form.get("amount", "0"),
                    },
                )
                allocate_credit(books, "CreditNotes", credit["CreditNoteID"], invoice_id=invoice["InvoiceID"])
        except (OrganisationNotFound, RecordNotFound):
            return render("not_here.html", status=404)
        except (ActRefused, ArithmeticError) as error:
            return say_refusal(books, str(error))
        return RedirectResponse(f"/organisations/{books.tenant_id}", status_code=303)

    async def change_settings(self, request: Request) -> Response:
        """Set the lock date or the role of the person who connected, or disconnect every app."""
        form = await read_form(request)
        try:
            books = self.world.get_organisation(request.path_params["tenant_id"])
        except OrganisationNotFound:
            return render("not_here.html", status=404)
        match form.get("act"):
            case "lock":
                try:
                    day = date.fromisoformat(form["day"]) if form.get("day") else None
                except ValueError as error:
                    return say_refusal(books, str(error))
                set_lock_dates(books, PeriodLockDate=day)
            case "role" if form.get("role") in ROLES:
                set_role(books, form["role"])
            case "disconnect":
                self.world.identity.disconnect_tenant(books.tenant_id)
            case _:
                return render("not_here.html", status=404)
        return RedirectResponse(f"/organisations/{books.tenant_id}", status_code=303)

    async def faults(self, request: Request) -> Response:
        """Show the faults that are on, and let one be switched on for the next calls."""
        kinds = sorted(FAULT_WORDS.items(), key=lambda item: item[1])
        return render("faults.html", kinds=kinds, words=FAULT_WORDS, active=self.world.faults.active)

    async def change_faults(self, request: Request) -> Response:
        """Switch a fault on, or all of them off."""
        form = await read_form(request)
        count = form.get("count", "1")
        if form.get("kind") in KINDS and count.isdigit() and int(count) > 0:
            self.world.faults.add(Fault(form["kind"], count=int(count), match=form.get("match") or None))
        elif form.get("act") == "clear":
            self.world.faults.clear()
        return RedirectResponse("/faults", status_code=303)

    async def apps(self, request: Request) -> Response:
        """List the registered apps and the form to register another."""
        return render("apps.html", apps=self.world.identity.apps.values(), made=None, message="")

    async def register_app(self, request: Request) -> Response:
        """Register an app: name, kind and redirect address; its secret is shown this once."""
        form = await read_form(request)
        kind: AppKind = "pkce" if form.get("kind") == "pkce" else "web"
        redirect, name = form.get("redirect_uri", "").strip(), form.get("name", "").strip()
        apps = self.world.identity.apps.values()
        problem = _check_redirect(redirect) if name else "The app needs a name."
        if problem:
            return render("apps.html", status=400, apps=apps, made=None, message=problem)
        app = App(
            kind=kind,
            client_id=secrets.token_hex(16).upper(),
            name=name,
            secret="" if kind == "pkce" else secrets.token_urlsafe(36),
            redirect_uris=(redirect,),
            is_old="is_old" in form,
        )
        self.world.register_app(app)
        return render("apps.html", apps=apps, made=app, message="")


def _change_contact(books: Organisation, contact_id: str, verb: str, form: Form) -> None:
    match verb:
        case "archive":
            edit_contact(books, contact_id, {"ContactStatus": "ARCHIVED"})
        case "restore":
            edit_contact(books, contact_id, {"ContactStatus": "ACTIVE"})
        case "edit":
            fields = {key: form[key] for key in ("Name", "EmailAddress") if form.get(key)}
            edit_contact(books, contact_id, fields)
        case "merge":
            other = find_by_name(books, form.get("into", "").strip())
            if other is None:
                raise ActRefused("There is no active contact of that name.")
            merge_contact(books, contact_id, other.id)
        case _:
            raise RecordNotFound("Contacts", verb)


def _check_redirect(redirect: str) -> str:
    """Return what is wrong with a redirect address, or nothing (FACTS 1.2)."""
    if redirect.startswith("https://") or redirect == "http://localhost":
        return ""
    if redirect.startswith(("http://localhost:", "http://localhost/")):
        return ""
    return "A redirect address must use https, except for http://localhost."
