"""The address that Xero posts webhooks to (issue 4): who is let in, and how fast it answers."""

from statistics import median
from time import perf_counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from counterfoil.features.webhooks.models import Refusal
from counterfoil.features.webhooks.operations import MOST_REFUSED
from counterfoil.features.webhooks.selftest import ARRIVED, describe_arrival, make_mark
from counterfoil.mirror.models import Delivery, XeroApp
from counterfoil.web.views.webhooks import MAX_BYTES
from counterfoil.xero.webhooks import sign
from tests.integration.web.firms import NOW, make_firm

KEY = "a-key-that-looks-like-base64=="
INTENT = b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "LUWDSUDGSWNZVALZXBEV"}'
NOTHING_SET = {"Set-Cookie", "Vary"}


@pytest.fixture(autouse=True)
def key(settings: Settings) -> None:
    """Xero signs with this key."""
    settings.XERO_CLIENT_ID, settings.XERO_WEBHOOK_KEY = "the-installation", KEY


def post(body: bytes, signature: str | None = None, **more: Any) -> Any:
    signature = sign(body, KEY) if signature is None else signature
    return Client(enforce_csrf_checks=True).post(
        "/webhooks/xero",
        body,
        content_type="application/json",
        headers={"x-xero-signature": signature},
        **more,
    )


def stored() -> list[bytes]:
    return [bytes(one.body) for one in Delivery.objects.order_by("pk")]


@pytest.mark.django_db
def test_a_signed_post_is_kept_byte_by_byte_and_answered_with_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = post(INTENT)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == "0"
    assert not NOTHING_SET & set(answer.headers)
    assert not answer.cookies
    assert stored() == [INTENT]
    assert len(queries) == 6  # the scope in which all firms' keys are seen, the keys, and the one that keeps


@pytest.mark.django_db
def test_a_post_is_known_by_the_app_whose_key_signed_it() -> None:
    firm = make_firm()
    with firm.inside():
        XeroApp.objects.create(
            workspace=firm.workspace, client_id="own", webhook_key="key-of-own", saved_at=NOW
        )

    post(INTENT, sign(INTENT, "key-of-own"))
    post(INTENT)

    signed = Delivery.objects.order_by("pk").values_list("client_id", "firm_id", "is_test")
    assert list(signed) == [("own", firm.workspace.pk, False), ("the-installation", None, False)]


@pytest.mark.django_db
def test_two_firms_with_the_same_app_both_get_what_it_signed() -> None:
    firms = [make_firm(), make_firm()]
    for firm in firms:
        with firm.inside():
            XeroApp.objects.create(
                workspace=firm.workspace, client_id="shared", webhook_key="shared-key", saved_at=NOW
            )

    post(INTENT, sign(INTENT, "shared-key"))

    assert [one.firm_id for one in Delivery.objects.order_by("pk")] == [firm.workspace.pk for firm in firms]


@pytest.mark.django_db
def test_refused_posts_are_counted_by_the_hour_and_nothing_of_them_is_kept() -> None:
    wrong = sign(INTENT, "another key")
    for _ in range(3):
        post(INTENT, wrong)
    post(INTENT, "no signature at all")

    assert list(Refusal.objects.values_list("count", flat=True)) == [3]
    assert stored() == []


@pytest.mark.django_db
def test_a_flood_of_refused_posts_stops_being_written() -> None:
    post(INTENT, sign(INTENT, "another key"))
    Refusal.objects.update(count=MOST_REFUSED)

    post(INTENT, sign(INTENT, "another key"))

    assert Refusal.objects.get().count == MOST_REFUSED


@pytest.mark.django_db
def test_a_marked_post_is_told_what_arrived_and_counts_as_a_test() -> None:
    mark = {"HTTP_X_COUNTERFOIL_TEST": make_mark()}

    right, wrong = post(INTENT, **mark), post(INTENT, sign(INTENT, "another key"), **mark)

    assert (right.status_code, right.content, right.headers[ARRIVED]) == (200, b"", describe_arrival(INTENT))
    assert (wrong.status_code, wrong.content, wrong.headers[ARRIVED]) == (401, b"", describe_arrival(INTENT))
    assert Delivery.objects.get().is_test
    assert not Refusal.objects.exists()


@pytest.mark.django_db
def test_nobody_else_can_make_the_mark() -> None:
    answer = post(INTENT, HTTP_X_COUNTERFOIL_TEST="made-up:1234:signature")

    assert ARRIVED not in answer.headers
    assert not Delivery.objects.get().is_test


@pytest.mark.django_db
@pytest.mark.parametrize("signature", ["", "nonsense", sign(INTENT, KEY)[:-2] + "A="])
def test_a_post_that_is_not_signed_right_is_refused_without_a_word_and_not_kept(signature: str) -> None:
    answer = post(INTENT, signature)

    assert (answer.status_code, answer.content) == (401, b"")
    assert not NOTHING_SET & set(answer.headers)
    assert stored() == []


@pytest.mark.django_db
def test_nothing_is_believed_while_no_key_is_known(settings: Settings) -> None:
    settings.XERO_WEBHOOK_KEY = ""

    answer = post(INTENT, sign(INTENT, ""))

    assert answer.status_code == 401
    assert stored() == []


@pytest.mark.django_db
def test_a_post_that_is_too_long_is_refused() -> None:
    answer = post(b" " * (MAX_BYTES + 1))

    assert (answer.status_code, answer.content) == (413, b"")
    assert stored() == []


@pytest.mark.django_db
def test_only_posts_are_answered() -> None:
    answer = Client().get("/webhooks/xero")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.django_db(transaction=True)
def test_half_of_a_hundred_posts_are_answered_within_a_tenth_of_a_second() -> None:
    client = Client()
    body = b'{"events": [' + b",".join([b'{"resourceId": "x"}'] * 100) + b"]}"
    headers = {"x-xero-signature": sign(body, KEY)}
    seconds = []
    for _ in range(100):
        began = perf_counter()
        client.post("/webhooks/xero", body, content_type="application/json", headers=headers)
        seconds.append(perf_counter() - began)

    print(f"median answer: {median(seconds) * 1000:.1f} ms")  # noqa: T201 - the figure is worth seeing
    assert Delivery.objects.count() == 100
    assert median(seconds) < 0.1
