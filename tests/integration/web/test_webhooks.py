"""The address that Xero posts webhooks to (issue 4): who is let in, and how fast it answers."""

from statistics import median
from time import perf_counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from counterfoil.mirror.models import Delivery
from counterfoil.web.views.webhooks import MAX_BYTES
from counterfoil.xero.webhooks import sign

KEY = "a-key-that-looks-like-base64=="
INTENT = b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "LUWDSUDGSWNZVALZXBEV"}'
NOTHING_SET = {"Set-Cookie", "Vary"}


@pytest.fixture(autouse=True)
def key(settings: Settings) -> None:
    """Xero signs with this key."""
    settings.XERO_WEBHOOK_KEY = KEY


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
    assert len(queries) == 1


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
