"""What answers tell browsers: run nothing that was written into a page, and stay with HTTPS."""

import os
import subprocess
import sys

from django.conf import settings as live_settings
from django.test import Client, override_settings

_ASK = """
import django, json; django.setup()
from django.conf import settings
names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SECURE_PROXY_SSL_HEADER")
print(json.dumps([getattr(settings, name) for name in names]))
"""


def read_policy(answer: object) -> dict[str, list[str]]:
    """Return the content policy of an answer by its parts."""
    policy = answer.headers["Content-Security-Policy"]  # type: ignore[attr-defined]  # Django's test response
    return {name: rest for name, *rest in (part.split() for part in policy.split(";"))}


def test_the_policy_allows_nothing_that_is_written_into_a_page(db: None) -> None:
    policy = read_policy(Client().get("/accounts/login/"))

    # Scripts, styles, posts and frames fall under the first; nothing loosens it.
    assert policy["default-src"] == ["'self'"]
    assert not {"script-src", "style-src", "object-src", "connect-src", "frame-src"} & set(policy)
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'self'"]
    assert "unsafe" not in str(policy)


def test_answers_are_not_taken_for_another_kind_and_tell_no_other_site_the_page(db: None) -> None:
    headers = Client().get("/accounts/login/").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_with_https_cookies_and_browsers_stay_with_it(db: None) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", _ASK],
        env=os.environ | {"COUNTERFOIL_URL": "https://books.example.com"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert asked.stdout.strip() == '[true, true, 31536000, ["HTTP_X_FORWARDED_PROTO", "https"]]'
    assert live_settings.SECURE_HSTS_SECONDS == 0  # of the tests' own http address


def test_browsers_are_told_to_stay_with_https(db: None) -> None:
    with override_settings(SECURE_HSTS_SECONDS=31_536_000):
        answer = Client().get("/accounts/login/", secure=True)

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
