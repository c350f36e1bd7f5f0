"""Tokens are renewed once for all, stored before use, and healed when the answer was lost (PAIN 1)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from counterfoil.mirror.models import Connection, Grant, Run
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.tokens import take_token
from counterfoil.xero.errors import AppRefused, ConsentLost, XeroBroken, XeroUnreachable
from tests.factories.sandbox import CLIENT_ID, CLIENT_SECRET, RunningSandbox
from tests.integration.sync.conftest import Mirrored


@pytest.fixture
def grant(mirrored: Mirrored, settings: Settings) -> Grant:
    """A consent of a web app, whose access token is about to end."""
    settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    tokens = mirrored.sandbox.tokens(mirrored.organisation.tenant_id)
    with across_workspaces():
        grant = Connection.objects.get().grant
        grant.kind, grant.client_id = Grant.Kind.CODE, CLIENT_ID
        grant.access_token, grant.refresh_token = tokens["access_token"], tokens["refresh_token"]
        grant.expires_at = timezone.now() + timedelta(seconds=30)
        grant.save()
    return grant


def take(grant: Grant, rejected: str | None = None) -> str:
    return take_token(grant.pk, grant.workspace_id, rejected=rejected, now=timezone.now)[0]


def stored(grant: Grant) -> Grant:
    with across_workspaces():
        return Grant.objects.get(pk=grant.pk)


def count_token_calls(sandbox: RunningSandbox) -> int:
    return int(sandbox.stats()["requests"].get("token", 0))


def test_a_token_about_to_end_is_renewed_and_the_new_pair_is_stored(grant: Grant) -> None:
    token = take(grant)

    now_stored = stored(grant)
    assert token == now_stored.access_token != grant.access_token
    assert now_stored.refresh_token != grant.refresh_token
    assert now_stored.expires_at > timezone.now() + timedelta(minutes=25)


def test_a_good_token_is_used_as_it_is(grant: Grant, mirrored: Mirrored) -> None:
    take(grant)
    before = count_token_calls(mirrored.sandbox)

    assert take(grant) == stored(grant).access_token
    assert count_token_calls(mirrored.sandbox) == before


def test_ten_at_once_renew_once_and_all_get_the_same_token(grant: Grant, mirrored: Mirrored) -> None:
    before = count_token_calls(mirrored.sandbox)
    got: list[str] = []

    def work() -> None:
        try:
            got.append(take(grant))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 10
    assert set(got) == {stored(grant).access_token}
    assert count_token_calls(mirrored.sandbox) == before + 1


def test_a_lost_answer_is_healed_by_sending_the_old_token_again(grant: Grant, mirrored: Mirrored) -> None:
    mirrored.sandbox.fault("lose_token_answer", count=1)
    with pytest.raises(XeroUnreachable):
        take(grant)
    assert stored(grant).refresh_token == grant.refresh_token

    token = take(grant)

    assert token == stored(grant).access_token != grant.access_token


def test_a_renewal_that_was_cut_off_is_tried_again_at_the_next_use(grant: Grant, mirrored: Mirrored) -> None:
    """Xero forgets the old refresh token after half an hour, as long as the access token seems good."""
    rejected = take(grant)
    mirrored.sandbox.fault("lose_token_answer", count=1)
    with pytest.raises(XeroUnreachable):
        take(grant, rejected=rejected)

    token = take(grant)

    assert token == stored(grant).access_token != rejected


def test_an_outage_of_the_token_endpoint_changes_nothing(grant: Grant, mirrored: Mirrored) -> None:
    mirrored.sandbox.fault("token_503", count=1)

    with pytest.raises(XeroBroken):
        take(grant)

    assert stored(grant).refresh_token == grant.refresh_token
    with across_workspaces():
        assert Connection.objects.get().state == Connection.State.CONNECTED


def test_a_wrong_client_secret_is_the_operators_matter_and_ends_no_connection(
    grant: Grant, settings: Settings
) -> None:
    settings.XERO_CLIENT_SECRET = "not the secret"

    with pytest.raises(AppRefused) as refused:
        take(grant)

    assert refused.value.sentence == (
        "Xero does not know this app's Client ID and Client Secret. Xero says: “invalid_client”."
    )
    with across_workspaces():
        assert Connection.objects.get().state == Connection.State.CONNECTED


def test_a_dead_grant_marks_its_connections_lost_and_says_what_to_do(
    grant: Grant, mirrored: Mirrored
) -> None:
    with across_workspaces():
        dead = Grant.objects.get(pk=grant.pk)
        dead.refresh_token = "never given"
        dead.save()

    with pytest.raises(ConsentLost):
        take(grant)

    with across_workspaces():
        connection = Connection.objects.get()
    assert connection.state == Connection.State.LOST
    assert connection.lost_because == (
        "Xero no longer accepts the permission that was given: it was withdrawn, or not used for 60 days."
        " Press “Reconnect Xero” and allow access again. Everything read so far is kept."
    )
    with pytest.raises(NotConnected):
        mirrored.sync(Run.Kind.DELTA)


def test_tokens_lie_encrypted_in_the_database(grant: Grant) -> None:
    with across_workspaces(), connection.cursor() as cursor:
        cursor.execute("select access_token, refresh_token from mirror_grant where id = %s", [grant.pk])
        at_rest = cursor.fetchone()

    assert grant.access_token not in at_rest
    assert grant.refresh_token not in at_rest
    assert all(text.startswith("gAAAA") for text in at_rest)


def test_a_run_whose_token_ends_on_the_way_renews_it_and_goes_on(grant: Grant, mirrored: Mirrored) -> None:
    mirrored.sandbox.fault("token_expired", match="Payments", count=1)

    assert mirrored.sync(Run.Kind.FULL).state == Run.State.SUCCEEDED


def test_a_renewal_is_kept_when_the_page_that_needed_it_fails(grant: Grant) -> None:
    """A page runs in one transaction; what Xero has already rotated must not go back with it."""
    with in_workspace(grant.workspace_id):
        token = take(grant)
        transaction.set_rollback(True)

    assert stored(grant).access_token == token != grant.access_token
