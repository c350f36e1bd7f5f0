"""Whatever is posted to the open doors, they answer: with a sentence or a status, and never by breaking."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from counterfoil.mirror.models import Delivery
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.deliveries import unpack_deliveries
from counterfoil.xero.webhooks import sign
from tests.integration.web.firms import NOW, Firm

KEY = "a-key-of-the-fuzzing"
FEW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TEXTS = st.text(max_size=20) | st.sampled_from(
    ["CREATE", "INVOICE", "2026-11-22T09:00:00.000", "\0", "9" * 40]
)
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
MEMBERS = (
    "resourceUrl",
    "resourceId",
    "eventDateUtc",
    "eventType",
    "eventCategory",
    "tenantId",
    "tenantType",
)
EVENTS = st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=7)
PARCELS = st.fixed_dictionaries(
    {},
    optional={
        "events": st.lists(EVENTS | VALUES, max_size=4) | VALUES,
        "firstEventSequence": VALUES,
        "lastEventSequence": VALUES,
        "entropy": VALUES,
    },
)
BODIES = st.binary(max_size=200) | (PARCELS | VALUES).map(lambda value: json.dumps(value).encode())

CELLS = st.text(max_size=12) | st.sampled_from(
    [
        "Name",
        "Client",
        "E-mail",
        "Amount",
        "=1+1",
        '"',
        "12,5",
        "2026-02-30",
        "1e400",
        "-0",
        "\u202e",
        "\ud83d"[:0],
    ]
)
TABLES = st.lists(st.lists(CELLS, max_size=5), max_size=5).map(
    lambda rows: "\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")
)
MARKS = st.sampled_from(
    [b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"PK\x03\x04", b"\x1f\x8b", b"sep=;\n"]
)
FILES = st.builds(bytes.__add__, MARKS, TABLES | st.binary(max_size=200))


@FEW
@given(body=BODIES, is_signed=st.booleans())
def test_no_post_breaks_the_address_for_webhooks(
    db: None, settings: Settings, body: bytes, *, is_signed: bool
) -> None:
    settings.XERO_CLIENT_ID, settings.XERO_WEBHOOK_KEY = "the-installation", KEY
    signature = sign(body, KEY) if is_signed else "bm9uZQ=="

    answer = Client().post(
        "/webhooks/xero", body, content_type="application/json", headers={"x-xero-signature": signature}
    )
    unpack_deliveries(now=NOW)

    assert answer.status_code == (200 if is_signed else 401)
    with across_workspaces():
        assert not Delivery.objects.filter(unpacked_at=None).exists()


@FEW
@given(content=FILES, kind=st.sampled_from(["clients", "people", "deals", "time", "units", "expenses"]))
def test_no_file_breaks_an_import(firm: Firm, content: bytes, kind: str) -> None:
    file = SimpleUploadedFile("given.csv", content)

    answer = firm.client.post("/import/", {"kind": kind, "file": file}, follow=True)

    assert answer.status_code in (200, 422)


@pytest.mark.parametrize(
    "beginning",
    [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b\x08\x00", b"%PDF-1.7\n\0", b"\x89PNG\r\n\x1a\n\0"],
)
def test_what_is_no_text_is_refused_by_its_bytes_and_never_unpacked(firm: Firm, beginning: bytes) -> None:
    file = SimpleUploadedFile("given.csv", beginning + bytes(range(256)))

    answer = firm.client.post("/import/", {"kind": "clients", "file": file})

    assert answer.status_code == 422
    assert "This is " in answer.content.decode()
