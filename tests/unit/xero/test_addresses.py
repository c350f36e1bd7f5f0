"""Every address below the four that an operator can set."""

from counterfoil.xero.addresses import XeroAddresses

INVOICE = "243216c5-369e-4056-ac67-05388f86dc81"
REAL = XeroAddresses()
STAND_IN = XeroAddresses(
    login="http://localhost:9090/",
    identity="http://localhost:9090",
    api="http://localhost:9090/xero/",
    web="http://localhost:9090",
)


def test_the_addresses_of_the_real_xero_are_the_default() -> None:
    assert [REAL.authorize, REAL.token, REAL.revocation, REAL.connections, REAL.accounting("Invoices")] == [
        "https://login.xero.com/identity/connect/authorize",
        "https://identity.xero.com/connect/token",
        "https://identity.xero.com/connect/revocation",
        "https://api.xero.com/connections",
        "https://api.xero.com/api.xro/2.0/Invoices",
    ]


def test_any_stand_in_can_be_named_with_or_without_a_slash_at_the_end() -> None:
    assert [STAND_IN.authorize, STAND_IN.token, STAND_IN.connection("c1"), STAND_IN.accounting("/Items")] == [
        "http://localhost:9090/identity/connect/authorize",
        "http://localhost:9090/connect/token",
        "http://localhost:9090/xero/connections/c1",
        "http://localhost:9090/xero/api.xro/2.0/Items",
    ]


def test_pages_in_xero_keep_the_exclamation_mark_of_the_short_code() -> None:
    assert [
        REAL.sales_invoice_page("!NLglS", INVOICE),
        REAL.contact_page("!NLglS", "c1"),
        REAL.manual_journal_page("j1"),
    ] == [
        f"https://go.xero.com/app/!NLglS/invoicing/view/{INVOICE}",
        "https://go.xero.com/app/!NLglS/contacts/contact/c1",
        "https://go.xero.com/Journal/View.aspx?invoiceID=j1",
    ]


def test_older_pages_switch_to_the_right_organisation_first() -> None:
    start = "https://go.xero.com/organisationlogin/default.aspx?shortcode=!NLglS&redirecturl="

    assert [
        REAL.bill_page("!NLglS", INVOICE),
        REAL.credit_note_page("!NLglS", "n1"),
        REAL.bank_transaction_page("!NLglS", "b1"),
    ] == [
        f"{start}/AccountsPayable/Edit.aspx%3FInvoiceID%3D{INVOICE}",
        f"{start}/AccountsPayable/ViewCreditNote.aspx%3FcreditNoteID%3Dn1",
        f"{start}/Bank/ViewTransaction.aspx%3FbankTransactionID%3Db1",
    ]


def test_an_id_cannot_lead_out_of_its_place() -> None:
    assert REAL.connection("../token?x=1") == "https://api.xero.com/connections/..%2Ftoken%3Fx%3D1"
