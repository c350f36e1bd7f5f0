"""Where Xero is: every address that is called or shown, below four base addresses."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class XeroAddresses:
    """
    The addresses of one Xero, real or stand-in; a trailing slash in a base address does not matter.

    The paths below the bases are Xero's own. Source: Xero developer guide, "The standard authorization
    code flow", and the OpenAPI files for identity and accounting.
    """

    login: str = "https://login.xero.com"
    identity: str = "https://identity.xero.com"
    api: str = "https://api.xero.com"
    web: str = "https://go.xero.com"

    @property
    def authorize(self) -> str:
        """Where a person's browser is sent to give consent."""
        return _join(self.login, "identity/connect/authorize")

    @property
    def token(self) -> str:
        """Where codes and refresh tokens are exchanged."""
        return _join(self.identity, "connect/token")

    @property
    def revocation(self) -> str:
        """Where a refresh token is given back."""
        return _join(self.identity, "connect/revocation")

    @property
    def issuer(self) -> str:
        """Who signs id tokens, as the tokens name it. Source: OpenID Connect Discovery 1.0."""
        return self.identity.rstrip("/")

    @property
    def signing_keys(self) -> str:
        """Where the public keys are that id tokens are signed with."""
        return _join(self.identity, ".well-known/openid-configuration/jwks")

    @property
    def discovery(self) -> str:
        """What the identity server says of itself; anybody may read it."""
        return _join(self.identity, ".well-known/openid-configuration")

    @property
    def connections(self) -> str:
        """Where the organisations of a consent are listed."""
        return _join(self.api, "connections")

    def connection(self, connection_id: str) -> str:
        """Return the address of one connection, by the connection's id and not the organisation's."""
        return _join(self.api, f"connections/{_safe(connection_id)}")

    def accounting(self, path: str) -> str:
        """Return the address of an accounting resource, as in `Invoices`."""
        return _join(self.api, f"api.xro/2.0/{path.lstrip('/')}")

    # Pages in Xero, for a person to open. Source: Xero developer guide, "Deep linking to Xero"; the short
    # code carries its leading "!".

    def sales_invoice_page(self, short_code: str, invoice_id: str) -> str:
        """Return the page of a sales invoice."""
        return _join(self.web, f"app/{_safe(short_code)}/invoicing/view/{_safe(invoice_id)}")

    def contact_page(self, short_code: str, contact_id: str) -> str:
        """Return the page of a contact."""
        return _join(self.web, f"app/{_safe(short_code)}/contacts/contact/{_safe(contact_id)}")

    def bill_page(self, short_code: str, invoice_id: str) -> str:
        """Return the page of a bill."""
        return self._page_in(short_code, f"/AccountsPayable/Edit.aspx?InvoiceID={invoice_id}")

    def credit_note_page(self, short_code: str, credit_note_id: str) -> str:
        """Return the page of a credit note that a supplier gave."""
        return self._page_in(
            short_code, f"/AccountsPayable/ViewCreditNote.aspx?creditNoteID={credit_note_id}"
        )

    def bank_transaction_page(self, short_code: str, bank_transaction_id: str) -> str:
        """Return the page of money spent or received."""
        path = f"/Bank/ViewTransaction.aspx?bankTransactionID={bank_transaction_id}"
        return self._page_in(short_code, path)

    def manual_journal_page(self, journal_id: str) -> str:
        """Return the page of a manual journal in the organisation that the person has open."""
        return _join(self.web, f"Journal/View.aspx?invoiceID={_safe(journal_id)}")

    def _page_in(self, short_code: str, path: str) -> str:
        # This form also switches the person's browser to the right organisation.
        query = f"shortcode={_safe(short_code)}&redirecturl={quote(path, safe='/')}"
        return _join(self.web, f"organisationlogin/default.aspx?{query}")


def _join(base: str, path: str) -> str:
    return f"{base.rstrip('/')}/{path}"


def _safe(part: str) -> str:
    return quote(part, safe="!")
