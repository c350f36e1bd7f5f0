"""The pages for the person who plays the Xero user."""

from tests.unit.xero_sandbox.conftest import Xero


def test_home_lists_the_organisations(xero: Xero) -> None:
    text = xero.client.get("/").text

    names = ("Brightwater Studio Ltd", "Coolabah Trades Pty Ltd", "Blank Canvas Ltd")
    assert [name for name in names if name in text] == list(names)


def test_an_invoice_raised_by_hand_arrives_in_the_api_and_can_be_paid(xero: Xero) -> None:
    base = f"/organisations/{xero.books.tenant_id}"
    form = {"Type": "ACCREC", "Name": "Walk In Ltd", "Amount": "250.00", "Status": "AUTHORISED"}

    raised = xero.client.post(f"{base}/raise", data=form)
    (invoice,) = xero.get('Invoices?page=1&where=Contact.Name=="Walk In Ltd"').json()["Invoices"]
    paid = xero.client.post(f"{base}/invoices/{invoice['InvoiceID']}/pay", data={"amount": "300.00"})

    assert (raised.status_code, raised.headers["location"]) == (303, base)
    assert (invoice["Total"], invoice["Status"]) == (300.0, "AUTHORISED")
    assert paid.status_code == 303
    assert xero.books.read("Invoices", invoice["InvoiceID"])["Status"] == "PAID"


def test_what_cannot_be_done_is_said_on_the_page(xero: Xero) -> None:
    base = f"/organisations/{xero.books.tenant_id}"
    invoice = next(row for row in xero.books.tables["Invoices"] if row.status == "PAID")

    answer = xero.client.post(f"{base}/invoices/{invoice.id}/void", data={})

    assert answer.status_code == 400
    assert "The status VOIDED cannot be applied" in answer.text


def test_deep_links_land_on_the_document_and_the_contact(xero: Xero) -> None:
    code = xero.books.profile["ShortCode"]
    invoice = next(row for row in xero.books.tables["Invoices"] if row.kind == "ACCREC").read()
    contact = invoice["Contact"]

    direct = xero.client.get(f"/app/{code}/invoicing/view/{invoice['InvoiceID']}")
    person = xero.client.get(f"/app/{code}/contacts/contact/{contact['ContactID']}")
    through = xero.client.get(
        "/organisationlogin/default.aspx",
        params={
            "shortcode": code,
            "redirecturl": f"/AccountsReceivable/View.aspx?InvoiceID={invoice['InvoiceID']}",
        },
    )

    assert f"<title>{invoice['InvoiceNumber']} · stand-in for Xero</title>" in direct.text
    assert contact["Name"].split(" ")[0] in person.text
    assert through.headers["location"] == f"/app/{code}/invoicing/view/{invoice['InvoiceID']}"


def test_an_address_with_nothing_says_so(xero: Xero) -> None:
    answers = [
        xero.client.get(path)
        for path in ("/organisations/none", "/app/!none/invoicing/view/x", "/app/!none/contacts/contact/x")
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert "There is nothing at this address" in answers[0].text
