"""Which app speaks for a workspace, and which keys sign webhooks (P8, K21)."""

from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from counterfoil.features.connections.own_app import AppInUse, forget_app
from counterfoil.mirror.models import XeroApp
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.app import WebhookKey, find_app, get_app_of, list_webhook_keys
from counterfoil.xero.errors import ConsentLost, LostReason
from tests.integration.web.firms import NOW, Firm, make_firm, make_organisation


@pytest.fixture(autouse=True)
def of_the_installation(settings: Settings) -> None:
    settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = "INSTALLATION", "secret of the installation"
    settings.XERO_WEBHOOK_KEY = "key of the installation"


@pytest.fixture
def firm(db: None) -> Firm:
    return make_firm()


def save(firm: Firm, client_id: str = "OWN", secret: str = "own secret", **fields: Any) -> XeroApp:
    with firm.inside():
        XeroApp.objects.update(is_current=False)
        return XeroApp.objects.create(
            workspace=firm.workspace,
            client_id=client_id,
            client_secret=secret,
            saved_by="Mara Tane",
            saved_at=NOW,
            **fields,
        )


def test_the_installations_app_speaks_for_a_workspace_without_its_own(firm: Firm) -> None:
    app = find_app(firm.workspace.pk)

    assert app is not None
    assert (app.client_id, app.client_secret, app.is_own) == (
        "INSTALLATION",
        "secret of the installation",
        False,
    )


def test_its_own_app_speaks_for_its_workspace_and_for_no_other(firm: Firm) -> None:
    save(firm)
    other = make_firm("Others")

    ours, theirs = find_app(firm.workspace.pk), find_app(other.workspace.pk)

    assert ours is not None
    assert (ours.client_id, ours.client_secret, ours.is_own) == ("OWN", "own secret", True)
    assert theirs is not None
    assert theirs.client_id == "INSTALLATION"


def test_there_is_no_app_when_nobody_has_saved_one(firm: Firm, settings: Settings) -> None:
    settings.XERO_CLIENT_ID = ""

    assert find_app(firm.workspace.pk) is None


def test_a_consent_keeps_its_app_when_the_workspace_saves_another(firm: Firm) -> None:
    save(firm, "FIRST", "first secret")
    save(firm, "SECOND", "second secret")

    current = find_app(firm.workspace.pk)
    first = get_app_of(workspace_id=firm.workspace.pk, client_id="FIRST")
    installation = get_app_of(workspace_id=firm.workspace.pk, client_id="INSTALLATION")

    assert current is not None
    assert current.client_id == "SECOND"
    assert first.client_secret == "first secret"
    assert installation.client_secret == "secret of the installation"


def test_a_consent_whose_app_is_gone_says_so(firm: Firm) -> None:
    with pytest.raises(ConsentLost) as lost:
        get_app_of(workspace_id=firm.workspace.pk, client_id="GONE")

    assert lost.value.reason is LostReason.APP_GONE
    assert "no longer saved in Counterfoil" in lost.value.sentence
    assert "Reconnect Xero" in lost.value.next_step


def test_the_keys_of_all_workspaces_are_listed_for_the_receiver(firm: Firm) -> None:
    other = make_firm("Others")
    save(firm, "OURS", webhook_key="our key")
    save(other, "THEIRS", webhook_key="their key")
    save(make_firm("No webhooks"), "SILENT")

    assert list_webhook_keys() == [
        WebhookKey("INSTALLATION", "key of the installation"),
        WebhookKey("OURS", "our key", firm.workspace.pk),
        WebhookKey("THEIRS", "their key", other.workspace.pk),
    ]


def test_secret_and_key_lie_encrypted_and_are_not_shown(firm: Firm) -> None:
    save(firm, webhook_key="own key")
    with across_workspaces(), connection.cursor() as cursor:
        cursor.execute("select client_secret, webhook_key from mirror_xeroapp")
        at_rest = cursor.fetchone()

    assert all(text.startswith("gAAAA") for text in at_rest)
    assert "own secret" not in repr(find_app(firm.workspace.pk))
    assert "own key" not in repr(list_webhook_keys())


def test_an_app_in_use_is_not_forgotten(firm: Firm) -> None:
    app = save(firm, "client")  # the app of the organisation below
    make_organisation(firm)

    with firm.inside(), pytest.raises(AppInUse, match="1 organisation is connected through this app"):
        forget_app(app, who=firm.user, now=NOW)
