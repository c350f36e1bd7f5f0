"""The self-test of the webhook address, against servers that go wrong in every way seen (PAIN 7)."""

from collections.abc import Callable
from hashlib import sha256

import httpx
import pytest
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from counterfoil.features.webhooks.models import Refusal, SelfTest
from counterfoil.features.webhooks.selftest import (
    ARRIVED,
    MARK,
    Check,
    Outcome,
    check_address,
    get_receiver_address,
    has_passed,
    is_mark,
)
from counterfoil.features.webhooks.testing import NoWebhookKey, run_test
from counterfoil.mirror.models import Delivery, Notice
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.deliveries import unpack_deliveries
from counterfoil.xero.webhooks import SIGNATURE, is_signed
from tests.integration.web.firms import NOW, make_firm

KEY = "the-key-of-the-app"
ADDRESS = "https://books.example.com/webhooks/xero"


def answer_as_we_do(request: httpx.Request) -> httpx.Response:
    is_right = is_signed(request.content, request.headers[SIGNATURE], KEY)
    arrived = sha256(request.content).hexdigest()
    return httpx.Response(200 if is_right else 401, headers={ARRIVED: arrived})


def check(answer: Callable[[httpx.Request], httpx.Response], address: str = ADDRESS) -> dict[str, Check]:
    with httpx.Client(transport=httpx.MockTransport(answer), follow_redirects=False) as http:
        return {one.title: one for one in check_address(address, KEY, http)}


def name_failed(found: dict[str, Check]) -> list[str]:
    return [title for title, one in found.items() if one.outcome is Outcome.FAILED]


def test_all_is_well_with_an_address_that_tells_signatures_apart() -> None:
    found = check(answer_as_we_do)

    assert name_failed(found) == []
    assert len(found) == 9
    assert has_passed(list(found.values()))


def test_the_two_posts_are_signed_right_and_wrong_by_a_character() -> None:
    seen: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer_as_we_do(request)

    check(keep)

    right, wrong = (request.headers[SIGNATURE] for request in seen)
    assert sum(one != other for one, other in zip(right, wrong, strict=True)) == 1
    assert seen[0].content == seen[1].content
    assert b'"events":[],"firstEventSequence": 0' in seen[0].content
    assert all(is_mark(request.headers[MARK]) for request in seen)


def test_a_redirect_is_not_followed_and_is_named() -> None:
    seen: list[str] = []

    def send_on(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(301, headers={"location": "http://169.254.169.254/"})

    found = check(send_on)

    assert seen == [ADDRESS, ADDRESS]
    assert "http://169.254.169.254/" in found["It is not redirected"].found
    assert not has_passed(list(found.values()))


def test_a_proxy_that_rewrites_the_body_is_named() -> None:
    def rewrite(request: httpx.Request) -> httpx.Response:
        arrived = sha256(request.content.replace(b": ", b":")).hexdigest()
        return httpx.Response(401, headers={ARRIVED: arrived})

    assert name_failed(check(rewrite)) == [
        "The body arrives byte by byte",
        "A right signature is answered with 200",
    ]


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (httpx.Response(200), "A wrong one, by a single character, with 401"),
        (httpx.Response(200, text="<html>"), "The answer is empty and sets no cookie"),
        (httpx.Response(200, headers={"set-cookie": "a=b"}), "The answer is empty and sets no cookie"),
        (httpx.Response(404), "A right signature is answered with 200"),
        (httpx.Response(200), "This installation answers"),
    ],
)
def test_each_thing_that_can_be_wrong_is_named(answer: httpx.Response, failed: str) -> None:
    assert failed in name_failed(check(lambda request: answer))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (httpx.ConnectError("Connection refused"), "No connection: Connection refused"),
        (httpx.ReadTimeout("timed out"), "No answer came within 10 seconds."),
        (
            httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"),
            "Its certificate is not trusted: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate",
        ),
    ],
)
def test_an_address_that_cannot_be_reached_says_why(error: httpx.HTTPError, said: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    found = check(fail)

    assert name_failed(found) == ["The address can be reached"]
    assert found["The address can be reached"].found == said


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://books.example.com/webhooks/xero", "it does not begin with https://"),
        ("https://books.example.com:8443/webhooks/xero", "it names port 8443"),
        ("https://192.168.1.5/webhooks/xero", "its name is known on this network only"),
        ("https://localhost/webhooks/xero", "its name is known on this network only"),
    ],
)
def test_an_address_that_xero_would_not_call_is_named(address: str, said: str, settings: Settings) -> None:
    found = check(answer_as_we_do, address)
    form = next(iter(found.values()))
    assert form.outcome is Outcome.FAILED
    assert said in form.found

    # The stand-in takes any address.
    settings.XERO_API_URL = "http://127.0.0.1:9090"
    assert next(iter(check(answer_as_we_do, address).values())).outcome is Outcome.NOTED


@pytest.mark.django_db(transaction=True)
def test_a_test_through_our_own_address_passes_and_disturbs_nothing(
    live_server: LiveServer, settings: Settings
) -> None:
    settings.COUNTERFOIL_URL, settings.ALLOWED_HOSTS = live_server.url, ["*"]
    settings.XERO_API_URL = "http://127.0.0.1:9090"
    settings.XERO_CLIENT_ID, settings.XERO_WEBHOOK_KEY = "client", KEY
    firm = make_firm()

    checks = run_test(workspace_id=firm.workspace.pk, now=lambda: NOW)
    unpack_deliveries(now=NOW)

    assert get_receiver_address() == f"{live_server.url}/webhooks/xero"
    assert [one.outcome for one in checks] == [Outcome.NOTED, *[Outcome.PASSED] * 8]
    with firm.inside():
        kept = SelfTest.objects.get()
        assert (kept.has_passed, kept.finished_at, len(kept.checks)) == (True, NOW, 9)
    delivery = Delivery.objects.get()
    assert (delivery.is_test, delivery.event_count, delivery.problem) == (True, 0, "")
    with across_workspaces():
        assert not Notice.objects.exists()
    assert not Refusal.objects.exists()


@pytest.mark.django_db
def test_without_a_key_there_is_no_test(settings: Settings) -> None:
    settings.XERO_CLIENT_ID, settings.XERO_WEBHOOK_KEY = "client", ""

    with pytest.raises(NoWebhookKey, match="Save the key of your app at Xero first"):
        run_test(workspace_id=make_firm().workspace.pk, now=lambda: NOW)
