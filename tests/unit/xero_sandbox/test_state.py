"""The state is saved, loaded and put back to its beginning."""

from typing import Any

from tests.unit.xero_sandbox.conftest import Xero, invoice


def everything(xero: Xero) -> dict[str, list[bytes]]:
    books = next(iter(xero.world.organisations.values()))
    return {name: [row.body for row in table] for name, table in books.tables.items()}


def save(xero: Xero) -> Any:
    return xero.client.get("/sandbox/api/state")


def test_a_saved_state_is_loaded_as_it_was(writer: Xero) -> None:
    made = writer.save("PUT", "Invoices", invoice())
    path = f"Invoices/{made['InvoiceID']}"
    headers = writer.headers | {"content-type": "text/plain"}
    writer.client.request("PUT", f"/api.xro/2.0/{path}/Attachments/a.txt", headers=headers, content=b"kept")
    before, saved = everything(writer), save(writer).content
    writer.save("POST", path, {"Status": "VOIDED"})

    answer = writer.client.post("/sandbox/api/state", content=saved)

    assert answer.json() == {"organisations": 3}
    assert everything(writer) == before
    assert writer.get(f"{path}/Attachments/a.txt").content == b"kept"
    assert [note["Changes"] for note in writer.get(f"{path}/History").json()["HistoryRecords"]] == [
        "Attached a file",
        "Created",
    ]
    again = writer.save("PUT", "Invoices", invoice())
    assert again["InvoiceNumber"] == "INV-0101"
    assert again["InvoiceID"] not in {row.id for row in writer.books.tables["Invoices"]}


def test_a_reset_begins_again(writer: Xero) -> None:
    before = set(writer.books.tables["Invoices"].rows)
    writer.save("PUT", "Invoices", invoice())
    writer.client.post("/sandbox/api/faults", json={"kind": "500"})

    writer.client.post("/sandbox/api/state/reset")

    books = next(iter(writer.world.organisations.values()))
    assert set(books.tables["Invoices"].rows) == before
    assert writer.get("Invoices").status_code == 200


def test_what_is_not_a_state_changes_nothing(writer: Xero) -> None:
    before = everything(writer)

    answer = writer.client.post("/sandbox/api/state", json={"now": "2026-01-01", "organisations": [{}]})

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "This is not a state that the stand-in saved"},
    )
    assert everything(writer) == before
