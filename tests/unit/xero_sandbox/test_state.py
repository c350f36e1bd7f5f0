"""The state is saved, loaded and put back to its beginning."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories.sandbox import CLIENT_ID, CLIENT_SECRET, SandboxDidNotStart, running_sandbox
from tests.unit.xero_sandbox.conftest import SMALL, Xero, invoice


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


def test_consents_and_webhooks_come_back_with_the_rest(writer: Xero) -> None:
    tokens = writer.connect()
    hooks = writer.client.post(
        "/sandbox/api/webhooks", json={"url": "https://ours.example/webhooks/xero"}
    ).json()
    jwks = writer.client.get("/.well-known/openid-configuration/jwks").json()
    saved = save(writer).content
    other = Xero(SMALL)

    assert other.client.get("/api.xro/2.0/Organisation", headers=writer.headers).status_code == 401
    assert other.client.post("/sandbox/api/state", content=saved).status_code == 200

    assert other.client.get("/api.xro/2.0/Organisation", headers=writer.headers).status_code == 200
    assert other.client.get("/connections", headers=writer.headers).json() == (
        writer.client.get("/connections", headers=writer.headers).json()
    )
    refreshed = other.token_call(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status_code == 200
    assert other.client.get("/sandbox/api/webhooks").json() == [
        {name: value for name, value in hooks.items() if name != "intent"}
    ]
    assert other.client.get("/.well-known/openid-configuration/jwks").json() == jwks
    other.client.close()


def test_a_process_goes_on_where_another_stopped_and_its_clock_ran_on(tmp_path: Path) -> None:
    state = tmp_path / "xero.json"
    with running_sandbox(invoices=30, contacts=8, state=state) as first:
        tenant = first.tenant_id()
        tokens = first.tokens(tenant)
        made = first.act(tenant, "invoices", Type="ACCREC", Status="AUTHORISED", Name="Kept Ltd", Amount=12)
        first.advance_clock(7 * 86_400)
        moment = first.client.get("/sandbox/api/clock").json()["now"]

    assert state.stat().st_mode & 0o777 == 0o600
    with running_sandbox(invoices=5, contacts=3, state=state) as second:
        headers = {"authorization": f"Bearer {tokens['access_token']}", "xero-tenant-id": tenant}
        answer = second.client.get(f"/api.xro/2.0/Invoices/{made['InvoiceID']}", headers=headers)
        assert answer.status_code == 401  # a week passed
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        renewed = second.client.post("/connect/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET)).json()
        headers["authorization"] = f"Bearer {renewed['access_token']}"
        answer = second.client.get(f"/api.xro/2.0/Invoices/{made['InvoiceID']}", headers=headers)

        assert answer.json()["Invoices"][0]["Total"] == made["Total"]
        assert second.client.get("/sandbox/api/clock").json()["now"] > moment

    state.write_text("{}")
    with (
        pytest.raises(SandboxDidNotStart, match=r"cannot go on from .* Remove it to begin anew"),
        running_sandbox(invoices=5, contacts=3, state=state),
    ):
        pass
