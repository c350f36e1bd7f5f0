"""Asks for a self-test, runs it, and keeps what the last one found."""

from collections.abc import Callable
from datetime import datetime

import httpx
import structlog

from counterfoil.features.webhooks.models import SelfTest
from counterfoil.features.webhooks.selftest import Check, check_address, get_receiver_address, has_passed
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.app import WebhookKey, find_app, list_webhook_keys

log = structlog.get_logger(__name__)


class NoWebhookKey(Exception):
    """Without its key nothing can be signed, and so nothing tested."""

    def __init__(self) -> None:
        super().__init__("No webhook key is known yet. Save the key of your app at Xero first.")


def ask_for_test(*, workspace_id: int, asked_by: str, now: datetime) -> SelfTest:
    """Note that a test is wanted; what the one before found is gone. Call it in the workspace."""
    asked = {"asked_by": asked_by, "asked_at": now, "finished_at": None, "checks": []}
    test, _ = SelfTest.objects.update_or_create(workspace_id=workspace_id, defaults=asked)
    return test


def find_test() -> SelfTest | None:
    """Return the workspace's last test, finished or not; call it in the workspace."""
    return SelfTest.objects.first()


def run_test(*, workspace_id: int, now: Callable[[], datetime]) -> list[Check]:
    """
    Test the address with the key of the workspace's app, keep the result and return it.

    The posts travel outside any transaction: their answer is written by another process.
    Raises NoWebhookKey.
    """
    checks = check_with(find_signing_key(workspace_id))
    with in_workspace(workspace_id):
        kept = {"finished_at": now(), "checks": [check.render() for check in checks]}
        SelfTest.objects.update_or_create(
            workspace_id=workspace_id, defaults=kept, create_defaults={**kept, "asked_at": now()}
        )
    log.info("webhook address tested", workspace=workspace_id, passed=has_passed(checks))
    return checks


def check_with(app: WebhookKey) -> list[Check]:
    """Test the address with the key of an app, and keep nothing."""
    with httpx.Client(follow_redirects=False) as http:
        return check_address(get_receiver_address(), app.key, http)


def find_signing_key(workspace_id: int) -> WebhookKey:
    """Return what the workspace's app signs with. Raises NoWebhookKey."""
    app = find_app(workspace_id)
    for known in list_webhook_keys():
        is_reachable = known.workspace_id in (None, workspace_id)
        if app is not None and known.client_id == app.client_id and is_reachable:
            return known
    raise NoWebhookKey
