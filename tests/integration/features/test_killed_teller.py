"""A process that tells of events and is killed with SIGKILL loses none: each is told at least once."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from counterfoil.features.announcing.models import Event
from counterfoil.features.announcing.telling import list_waiting, tell
from counterfoil.mirror.scope import across_workspaces
from tests.integration.features.test_announcing import NOW, Receiver, change, listen, receiver
from tests.integration.web.firms import make_firm, make_organisation

__all__ = ["receiver"]
pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(("kill_at", "told_by_the_dead"), [("begun", 0), ("taken", 1)])
def test_what_a_killed_process_was_telling_is_told_by_another(
    receiver: Receiver, settings: Settings, kill_at: str, told_by_the_dead: int
) -> None:
    settings.COUNTERFOIL_EVENTS_ALLOWED = ["127.0.0.0/8"]
    firm = make_firm()
    organisation = make_organisation(firm)
    made = listen(firm, receiver.address)
    change(firm, organisation, number=3)
    key = (firm.workspace.pk, made.subscription.pk)

    killed = _tell_elsewhere(kill_at, *key)
    told_before = len(receiver.seen)
    with across_workspaces():
        assert list_waiting(now=NOW + timedelta(seconds=30)) == []  # the dead one may be alive
        later = NOW + timedelta(minutes=1)
        assert list_waiting(now=later) == [key]
    assert tell(*key, now=later)

    assert (killed, told_before) == (-signal.SIGKILL, told_by_the_dead)
    ids = [one["id"] for one in receiver.told]
    assert len(set(ids)) == 3
    assert len(ids) == 3 * (1 + told_by_the_dead)
    with firm.inside():
        assert not Event.objects.filter(sent_at=None).exists()


def _tell_elsewhere(kill_at: str, workspace_id: int, subscription_id: int) -> int:
    database = connection.settings_dict
    host, passwords = quote(str(database["HOST"]), safe=""), database["OPTIONS"]["passfile"]
    address = f"postgresql://{database['USER']}@/{database['NAME']}?host={host}&passfile={passwords}"
    order = {
        "kill_at": kill_at, "workspace": workspace_id, "subscription": subscription_id,
        "now": NOW.isoformat(),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.features.killed_teller", json.dumps(order)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address, "COUNTERFOIL_EVENTS_ALLOWED": "127.0.0.0/8"},
        capture_output=True,
        check=False,
    )
    return done.returncode
