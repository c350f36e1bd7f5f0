"""The doctor finds what is wrong, and says what to do."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from counterfoil.features.operating import examining
from counterfoil.mirror.models import Grant, Workspace
from counterfoil.sync.probing import Check, Verdict

pytestmark = pytest.mark.django_db


def run(statement: str, *values: str | int | datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_healthy_database_is_found_to_be_so() -> None:
    now = timezone.now()

    found = [
        examining.check_server(),
        examining.check_role(),
        examining.check_connections(),
        examining.check_database_clock(now=timezone.now),
        examining.check_tables(),
        examining.check_secrets(),
        examining.check_queue(now=now),
        examining.check_access(),
        examining.check_outbox(),
    ]

    assert [(check.title, check.verdict) for check in found if check.verdict is not Verdict.GOOD] == []


def test_a_clock_that_is_off_is_named_with_how_much() -> None:
    found = examining.check_database_clock(now=lambda: timezone.now() + timedelta(minutes=5))

    assert (found.verdict, found.words) == (Verdict.BAD, "It is 300 seconds off this machine's.")


@pytest.mark.parametrize(("age_s", "verdict"), [(5, Verdict.GOOD), (600, Verdict.BAD)])
def test_a_worker_lives_while_it_says_so(age_s: int, verdict: Verdict) -> None:
    now = timezone.now()
    run("delete from procrastinate_workers")
    run("insert into procrastinate_workers (last_heartbeat) values (%s)", now - timedelta(seconds=age_s))

    assert examining.check_worker(now=now).verdict is verdict


def test_a_job_that_waits_for_long_is_told_and_one_that_is_for_later_is_not() -> None:
    now = timezone.now()
    run(
        "insert into procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
        " values ('sync', 'sync', 'todo', %s)",
        now + timedelta(days=1),
    )
    before = examining.check_queue(now=now)
    run("insert into procrastinate_jobs (queue_name, task_name, status) values ('sync', 'sync', 'todo')")

    found = examining.check_queue(now=timezone.now() + timedelta(minutes=25))

    assert before.verdict is Verdict.GOOD
    assert (found.verdict, found.words) == (Verdict.BAD, "One waits since 25 minutes.")


@pytest.mark.usefixtures("every_workspace")
def test_a_secret_of_another_key_is_counted_and_not_shown() -> None:
    now = timezone.now()
    grant = Grant.objects.create(
        workspace=Workspace.objects.create(name="Firm"), kind=Grant.Kind.CODE, client_id="c",
        refresh_token="a token", expires_at=now, refreshed_at=now,
    )  # fmt: skip
    foreign = Fernet(Fernet.generate_key()).encrypt(b"a token").decode()
    run("update mirror_grant set refresh_token = %s where id = %s", foreign, grant.pk)

    found = examining.check_secrets()

    assert (found.verdict, found.words) == (Verdict.BAD, "Tokens and secrets that no key opens: 1.")
    assert foreign not in f"{found}"


def test_a_half_finished_change_of_keys_is_told(settings: Settings) -> None:
    settings.COUNTERFOIL_ENCRYPTION_KEYS = [
        Fernet.generate_key().decode(), *settings.COUNTERFOIL_ENCRYPTION_KEYS
    ]  # fmt: skip

    assert examining.check_secrets().next_step == "Run: counterfoil rotate-keys"


def test_files_that_others_can_read_are_named(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text("{}")
    keys.chmod(0o644)
    [before] = examining.examine_files(tmp_path)

    keys.chmod(0o600)
    [after] = examining.examine_files(tmp_path)

    assert (before.verdict, before.next_step) == (Verdict.BAD, f"Run: chmod 600 {keys}")
    assert after.verdict is Verdict.GOOD


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({"DEBUG": True}, "Errors"),
        ({"COUNTERFOIL_DEMO": True}, "Demo"),
        ({"COUNTERFOIL_URL": "http://books.firm.example"}, "Redirect address"),
    ],
)
def test_dangerous_settings_are_told(settings: Settings, change: dict[str, object], title: str) -> None:
    for name, value in change.items():
        setattr(settings, name, value)

    bad = [check for check in examining.examine_settings() if check.verdict is Verdict.BAD]

    assert [check.title for check in bad] == [title]


def test_every_check_goes_on_when_the_tables_are_of_another_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(title: str) -> Callable[..., Check]:
        return lambda **_: Check(title, Verdict.GOOD, "")

    monkeypatch.setattr(examining, "check_clock", answer("Clock"))
    monkeypatch.setattr(examining, "check_own_address", answer("This address"))
    run("insert into django_migrations (app, name, applied) values ('mirror', '0999_later', now())")

    found = {check.title: check for check in examining.examine(now=lambda: datetime.now(UTC))}

    assert found["Tables"].next_step == "Run: counterfoil migrate"
    assert list(found)[-2:] == ["Clock", "This address"]
