"""The pages for the person who plays the Xero user."""

from tests.unit.xero_sandbox.conftest import Xero, invoice, messages
from xero_sandbox.pages.acts import FAULT_WORDS
from xero_sandbox.wire.faults import KINDS


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


def test_a_contact_is_renamed_archived_restored_and_merged_by_hand(writer: Xero) -> None:
    made = writer.save("PUT", "Invoices", invoice())
    survivor = writer.save("PUT", "Contacts", {"Name": "Survivor Ltd"})["ContactID"]
    loser = made["Contact"]["ContactID"]
    base = f"/organisations/{writer.books.tenant_id}/contacts/{loser}"

    codes = [
        writer.client.post(f"{base}/{verb}", data=data).status_code
        for verb, data in (
            ("edit", {"Name": "Renamed Ltd"}),
            ("archive", {}),
            ("restore", {}),
            ("merge", {"into": "survivor ltd"}),
        )
    ]

    contact = writer.get(f"Contacts/{loser}").json()["Contacts"][0]
    moved = writer.get(f"Invoices/{made['InvoiceID']}").json()["Invoices"][0]
    assert codes == [303, 303, 303, 303]
    assert (contact["Name"], contact["ContactStatus"], contact["MergedToContactID"]) == (
        "Renamed Ltd",
        "ARCHIVED",
        survivor,
    )
    assert (moved["Contact"]["ContactID"], moved["Contact"]["Name"]) == (survivor, "Survivor Ltd")
    balances = writer.get(f"Contacts/{survivor}").json()["Contacts"][0]["Balances"]
    assert balances["AccountsReceivable"]["Outstanding"] == 120.0


def test_an_invoice_is_credited_and_its_due_date_moved_by_hand(writer: Xero) -> None:
    key = writer.save("PUT", "Invoices", invoice())["InvoiceID"]
    base = f"/organisations/{writer.books.tenant_id}/invoices/{key}"

    writer.client.post(f"{base}/edit", data={"DueDate": "2027-03-01"})
    writer.client.post(f"{base}/credit", data={"amount": "10"})

    record = writer.books.read("Invoices", key)
    assert (record["DueDateString"][:10], record["AmountCredited"], record["AmountDue"]) == (
        "2027-03-01",
        12.0,
        108.0,
    )


def test_settings_lock_downgrade_and_disconnect(writer: Xero) -> None:
    path = f"/organisations/{writer.books.tenant_id}/settings"

    writer.client.post(path, data={"act": "lock", "day": "2026-10-31"})
    locked = writer.send("PUT", "Invoices", invoice(Date="2026-10-31"))
    writer.client.post(path, data={"act": "role", "role": "STANDARD"})
    journals = [writer.get("ManualJournals").status_code, writer.get("Invoices").status_code]
    writer.client.post(path, data={"act": "role", "role": "READONLY"})
    writes = [writer.send("PUT", "Contacts", {"Name": "X"}).status_code, writer.get("Contacts").status_code]
    writer.client.post(path, data={"act": "disconnect"})

    assert messages(locked)[0].endswith("currently set at 31 October 2026.")
    assert (journals, writes) == ([403, 200], [403, 200])
    assert writer.get("Invoices").status_code == 403


def test_faults_are_switched_on_by_hand(writer: Xero) -> None:
    writer.client.post("/faults", data={"kind": "503_text", "count": "1", "match": "Invoices"})
    shown = writer.client.get("/faults").text

    assert "Offline for maintenance (503): 1 more on Invoices" in shown
    assert set(FAULT_WORDS) == KINDS
    assert [writer.get("Contacts").status_code, writer.get("Invoices").status_code] == [200, 503]


def test_an_app_is_registered_and_its_secret_shown_once(writer: Xero) -> None:
    form = {"name": "My app", "kind": "web", "redirect_uri": "https://app.example/callback"}

    made = writer.client.post("/apps", data=form)
    refused = writer.client.post("/apps", data=form | {"redirect_uri": "http://127.0.0.1/callback"})

    app = next(item for item in writer.world.identity.apps.values() if item.name == "My app")
    assert (app.secret in made.text, app.secret in writer.client.get("/apps").text) == (True, False)
    assert refused.status_code == 400
    assert "must use https" in refused.text


def test_an_address_for_webhooks_is_given_tried_and_disabled_by_hand(xero: Xero) -> None:
    (app, *_) = xero.world.identity.apps.values()
    page = f"/apps/{app.client_id}/webhooks"
    form = {"act": "save", "url": "http://localhost:1/webhooks/xero", "category": ["CONTACT", "INVOICE"]}

    wrong = xero.client.post(page, data={**form, "url": "books.example.com"})
    none = xero.client.post(page, data={**form, "category": []})
    saved = xero.client.post(page, data=form)
    (item,) = xero.world.post_office.subscriptions.values()
    shown = xero.client.get(page).text
    tried = xero.client.post(page, data={"act": "intent"})
    after_trying = item.status
    xero.client.post(page, data={"act": "disable"})

    assert (wrong.status_code, none.status_code, saved.status_code, tried.status_code) == (400, 400, 303, 303)
    assert item.client_id == app.client_id
    assert item.categories == {"CONTACT", "INVOICE"}
    assert item.key in shown
    assert "Intent to receive required" in shown
    assert after_trying == "INTENT_REQUIRED"  # nothing listens there
    assert item.status == "DISABLED"
    assert page in xero.client.get("/apps").text
    assert xero.client.get("/apps/unknown/webhooks").status_code == 404
