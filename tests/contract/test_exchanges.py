"""What is said to the stand-in, and by it, is held against Xero's files, and the check can fail."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract import openapi
from tests.contract.answers import SpecViolated
from tests.contract.exchanges import DAMAGE, Checked, check_exchanges
from tests.factories.sandbox import RunningSandbox, running_sandbox
from xero_sandbox.recording import Exchange
from xero_sandbox.wire.faults import KINDS

pytestmark = pytest.mark.skipif(not openapi.is_here(), reason=openapi.MISSING)

TENANT = "6b4f0e5c-8d1e-4a53-9f0b-0d3f0a3d6f11"
HEADERS = {
    "user-agent": "Counterfoil/1.0",
    "authorization": "Bearer abc",
    "accept": "application/json",
    "xero-tenant-id": TENANT,
}


def asked(path: str, *, method: str = "GET", query: str = "", body: bytes = b"", **headers: str) -> Exchange:
    """Return a request of Counterfoil's that got no answer worth checking."""
    given = HEADERS | {name.replace("_", "-"): text for name, text in headers.items()}
    kept = {name: text for name, text in given.items() if text}
    return Exchange(method, path, query, kept, body, status=503)


def invoices(*records: dict[str, Any], fault: str | None = None) -> Exchange:
    """Return an answer to a test's own request."""
    body = httpx.Response(200, json={"Invoices": list(records)}).content
    headers = {"content-type": "application/json"}
    return Exchange("GET", "/api.xro/2.0/Invoices", "", {}, b"", 200, headers, body, fault)


def test_a_good_request_passes() -> None:
    query = (
        "page=1&pageSize=1000&IDs=6b4f0e5c-8d1e-4a53-9f0b-0d3f0a3d6f11,6b4f0e5c-8d1e-4a53-9f0b-0d3f0a3d6f12"
    )
    list_call = asked("/api.xro/2.0/Invoices", query=query, if_modified_since="2026-11-01T10:00:00")
    write = asked(
        "/api.xro/2.0/Invoices",
        method="POST",
        body=b'{"Invoices":[{"Type":"ACCREC","DueDate":"2026-12-01"}]}',
        content_type="application/json; charset=utf-8",
    )
    identity = asked(f"/connections/{TENANT}", method="DELETE", accept="", xero_tenant_id="")

    assert check_exchanges([list_call, write, identity]) == Checked(requests=3, answers=0)


@pytest.mark.parametrize(
    ("request_made", "complaint"),
    [
        (asked("/api.xro/2.0/Invoice"), "no file knows of this address"),
        (asked("/api.xro/2.0/Organisation", method="POST"), "no file knows of this address"),
        (asked("/api.xro/2.0/invoices"), "the path is written /Invoices"),
        (asked("/api.xro/2.0/Invoices/17"), "InvoiceID=17"),
        (asked("/api.xro/2.0/Invoices", query="pagesize=1000"), "there is no parameter pagesize"),
        (asked("/api.xro/2.0/Invoices", query="page=first"), "page=first is no integer"),
        (asked("/api.xro/2.0/Invoices", query="summaryOnly=yes"), "summaryOnly=yes"),
        (asked("/api.xro/2.0/Invoices", query="IDs=a"), "IDs=a"),
        (asked("/api.xro/2.0/Invoices", xero_tenant_id=""), "the header xero-tenant-id is missing"),
        (asked("/api.xro/2.0/Invoices", accept=""), "without Accept"),
        (asked("/api.xro/2.0/Invoices", authorization="abc"), "no bearer token"),
        (asked("/api.xro/2.0/Invoices", if_modified_since="yesterday"), "yesterday"),
        (
            asked(
                "/api.xro/2.0/Invoices",
                method="POST",
                body=b'{"Invoices":[{"Typ":"ACCREC","DueDate":"soon"}]}',
                content_type="application/json",
            ),
            "'Typ' was unexpected",
        ),
    ],
)
def test_a_wrong_request_of_ours_is_named(request_made: Exchange, complaint: str) -> None:
    with pytest.raises(SpecViolated) as caught:
        check_exchanges([request_made])

    assert complaint in str(caught.value)
    assert request_made.name in str(caught.value)
    assert "abc" not in str(caught.value)


def test_what_tests_ask_wrongly_on_purpose_is_no_fault_of_ours() -> None:
    assert check_exchanges([asked("/api.xro/2.0/Invoice", user_agent="python-httpx/0.28")]) == Checked()


def test_a_wrong_answer_is_named_unless_a_fault_damaged_it() -> None:
    with pytest.raises(SpecViolated, match=r"InvoiceId"):
        check_exchanges([invoices({"InvoiceId": "x"})])
    with pytest.raises(SpecViolated, match=r"InvoiceId"):
        check_exchanges([invoices({"InvoiceId": "x"}, fault="slow")])

    assert check_exchanges([invoices({"InvoiceId": "x"}, fault="missing_field")]) == Checked()
    assert DAMAGE < KINDS


def test_of_a_long_list_both_ends_are_checked() -> None:
    good: dict[str, Any] = {"Type": "ACCREC"}

    for place in (0, 49, 950, 999):
        records = [good] * 1000
        records[place] = {"Kind": "ACCREC"}
        with pytest.raises(SpecViolated):
            check_exchanges([invoices(*records)])


@pytest.fixture
def caller() -> Iterator[httpx.Client]:
    """A client that looks like Counterfoil."""
    with httpx.Client(headers={"user-agent": "Counterfoil/1.0"}, trust_env=False) as client:
        yield client


def read_invoices(sandbox: RunningSandbox, caller: httpx.Client, query: str) -> None:
    """Read a list as Counterfoil would."""
    tenant = sandbox.tenant_id()
    headers = {
        "authorization": f"Bearer {sandbox.tokens(tenant)['access_token']}",
        "xero-tenant-id": tenant,
        "accept": "application/json",
    }
    caller.get(f"{sandbox.url}/api.xro/2.0/Invoices?{query}", headers=headers).raise_for_status()


def test_a_process_is_watched_from_its_start_to_its_end(caller: httpx.Client) -> None:
    with running_sandbox(invoices=20, contacts=5) as sandbox:
        read_invoices(sandbox, caller, "page=1&pageSize=100")

    with (
        pytest.raises(SpecViolated, match="there is no parameter pagesize"),
        running_sandbox(invoices=20, contacts=5) as sandbox,
    ):
        read_invoices(sandbox, caller, "page=1&pagesize=100")
