"""Whatever goes wrong leaves a sentence that a bookkeeper understands, and a next step (PAIN 4, issue 4)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.utils import timezone

from counterfoil.mirror.models import Connection, Grant, Run
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.engine import sync_organisation
from counterfoil.xero import exchange, transport
from tests.factories.sandbox import RunningSandbox, running_sandbox
from tests.integration.sync.conftest import Mirrored
from xero_sandbox.wire.faults import KINDS, TOKEN_FAULTS


class Said(NamedTuple):
    """What a run says of itself."""

    state: str
    sentence: str
    next_step: str
    needs_person: bool = False


GOOD = Said(Run.State.SUCCEEDED, "", "")
AGAIN = (
    "Nothing is lost, and Counterfoil tries again by itself. If it lasts for hours, look at status.xero.com"
    " and tell whoever looks after Counterfoil."
)
CHECK_THE_LINE = (
    "Nothing is lost, and Counterfoil tries again by itself. If it lasts, check this machine's internet"
    " connection and status.xero.com."
)
SOON = "Nothing is lost. Counterfoil goes on shortly, by itself."
QUARANTINE = "Look at them under Activity, Sync, and send them to whoever looks after Counterfoil."
BROKE_OFF = Said(Run.State.PARTIAL, "Xero did not answer: the answer broke off half-way.", CHECK_THE_LINE)


def invoices(problem: str, next_step: str, *, needs_person: bool = False) -> Said:
    """Return what is said when only the invoices failed."""
    return Said(
        Run.State.PARTIAL, f"Invoices and bills could not be read: {problem}", next_step, needs_person
    )


# Every fault lasts for as long as the run tries; its details follow its name.
SAID: dict[tuple[str, ...], Said] = {
    ("minute",): invoices("Xero's calls for this minute are used up for this organisation.", SOON),
    ("concurrent",): invoices(
        "Xero is already answering as many calls at once as it allows for this organisation.", SOON
    ),
    ("429_bare",): invoices(
        "Xero is already answering as many calls at once as it allows for this organisation.", SOON
    ),
    ("day",): Said(
        Run.State.PARKED,
        "Xero's calls for today are used up for this organisation.",
        "Nothing is lost. Counterfoil goes on in 1 hour, by itself.",
    ),
    ("503_text",): invoices(
        "Xero has a fault of its own (status 503). Xero says: “The Xero API is currently offline for"
        " maintenance”.",
        AGAIN,
    ),
    ("500",): invoices("Xero has a fault of its own (status 500).", AGAIN),
    ("html_404",): invoices("Xero has a fault of its own (status 404).", AGAIN),
    ("token_expired",): invoices(
        "Xero renewed Counterfoil's access and then did not accept it (status 401).", AGAIN
    ),
    ("scope_removed",): invoices(
        "The permission given in Xero does not cover this kind of record.",
        "Press “Reconnect Xero” and allow everything on the list. Everything read so far is kept.",
        needs_person=True,
    ),
    ("timeout",): Said(Run.State.PARTIAL, "Xero did not answer: it took too long.", CHECK_THE_LINE),
    ("slow",): GOOD,
    ("malformed_json",): invoices(
        "Xero's answer could not be understood: the list of Invoices is cut off or garbled.",
        "Nothing was changed, and the rest goes on. If it happens again, send the details to whoever looks"
        " after Counterfoil: this is for a programmer.",
    ),
    ("truncated", "length"): BROKE_OFF,
    ("truncated", "json"): BROKE_OFF,
    ("commit_then_timeout",): BROKE_OFF,
    ("unknown_status",): Said(
        Run.State.PARTIAL,
        "1 record could not be understood and lies in quarantine; everything else is here.",
        QUARANTINE,
    ),
    ("missing_field",): Said(
        Run.State.PARTIAL,
        "1 record could not be understood and lies in quarantine; everything else is here.",
        QUARANTINE,
    ),
    ("during_page_change",): GOOD,
    ("lose_token_answer",): Said(
        Run.State.FAILED, "Xero did not answer: the answer broke off half-way.", CHECK_THE_LINE
    ),
    ("token_503",): Said(
        Run.State.FAILED,
        "Nothing could be read: Xero has a fault of its own (status 503).",
        AGAIN,
    ),
    ("a lesser role",): Said(
        Run.State.PARTIAL,
        "Manual journals could not be read: The person who connected this organisation may not see this"
        " kind of record in Xero.",
        "Let somebody with the role Adviser, or Standard with reports, press “Reconnect Xero”; or give that"
        " role in Xero under Settings, Users. The rest goes on.",
        needs_person=True,
    ),
    ("disconnected",): Said(
        Run.State.FAILED,
        "Xero no longer gives access to this organisation: it was disconnected in Xero, or the person who"
        " connected it has left it.",
        "Press “Reconnect Xero” and choose this organisation. Everything read so far is kept.",
        needs_person=True,
    ),
}


def test_the_table_knows_every_fault_of_the_stand_in() -> None:
    assert {fault[0] for fault in SAID} == KINDS | {"a lesser role", "disconnected"}


class Hurried:
    """An organisation with a clock that is moved by waiting."""

    def __init__(self, mirrored: Mirrored) -> None:
        self._mirrored = mirrored
        self._shift = timedelta()

    def now(self) -> datetime:
        return timezone.now() + self._shift

    async def sleep(self, seconds: float) -> None:
        self._shift += timedelta(seconds=seconds)

    def sync(self, kind: str = Run.Kind.DELTA) -> Said:
        self._shift += timedelta(hours=2)  # what was parked goes on, and no minute is spent
        run = sync_organisation(
            self._mirrored.organisation.pk, kind=kind, reason="test", now=self.now, sleep=self.sleep
        )
        return Said(run.state, run.sentence, run.next_step, run.needs_person)


def test_every_fault_leaves_its_sentence_and_a_next_step(
    connect: Callable[[RunningSandbox], Mirrored], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_sandbox(invoices=30, contacts=10, minute_calls=10_000, tier="advanced") as sandbox:
        mirrored = connect(sandbox)
        hurried = Hurried(mirrored)
        tenant = mirrored.organisation.tenant_id
        assert hurried.sync(Run.Kind.FULL) == GOOD
        said: dict[tuple[str, ...], Said] = {}
        for fault in SAID:
            sandbox.act(tenant, "invoices", Amount=120)
            with monkeypatch.context() as patch:
                break_it(sandbox, tenant, fault, patch)
                said[fault] = hurried.sync()
            sandbox.clear_faults()
            if fault != ("disconnected",):
                sandbox.act(tenant, "role", role="FINANCIALADVISER")
                assert hurried.sync() == GOOD, f"it is not over after {fault}"

    assert said == SAID
    with across_workspaces():
        connection = Connection.objects.get()
    assert connection.lost_because == f"{SAID['disconnected',].sentence} {SAID['disconnected',].next_step}"


def break_it(sandbox: RunningSandbox, tenant: str, fault: tuple[str, ...], patch: pytest.MonkeyPatch) -> None:
    kind = fault[0]
    if kind == "a lesser role":
        sandbox.act(tenant, "role", role="STANDARD")
        return
    if kind == "disconnected":
        sandbox.disconnect(tenant)
        return
    details: dict[str, Any] = {"count": 1 if kind == "day" else 60}
    if kind in TOKEN_FAULTS:
        with across_workspaces():
            Grant.objects.update(expires_at=timezone.now())
    else:
        details["match"] = "Invoices"
    if kind == "truncated":
        details["cut"] = fault[1]
    if kind in ("slow", "timeout", "commit_then_timeout"):
        details["seconds"] = 0.4 if kind == "timeout" else 0.01
    if kind == "timeout":
        send = transport.send
        patch.setattr(exchange, "send", lambda http, request: send(http, request, deadline_s=0.2))
    sandbox.fault(kind, **details)
