"""
Two machines on one database: nothing is synced or written twice, whatever stops, starts or errs.

Each has a home and processes of its own; they share the database, the keys
and Xero, and nothing else.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from counterfoil.config.postgres import EmbeddedPostgres
from tests.factories.installation import Installation, find_free_port, temporary_home, wait_until
from tests.factories.sandbox import (
    CUSTOM_CLIENT_ID,
    CUSTOM_CLIENT_SECRET,
    RunningSandbox,
    running_sandbox,
)

# The second machine's clock goes so many seconds ahead: far more than NTP leaves.
AHEAD_S = 45


@dataclass
class Machines:
    """Two machines, the database that they share, and Xero."""

    one: Installation
    two: Installation
    database: EmbeddedPostgres
    xero: RunningSandbox
    hub: Installation  # on whose home the database lies; it runs nothing

    def ask(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database."""
        return self.hub.ask(statement, *values)


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    """Two machines with one organisation connected; their workers ask for changes every five seconds."""
    with ExitStack() as stack:
        homes = [stack.enter_context(temporary_home()) for _ in range(3)]
        xero = stack.enter_context(
            running_sandbox(invoices=300, contacts=40, minute_calls=10_000, tier="advanced")
        )
        hub = Installation(homes[0], 0)
        stack.enter_context(hub.database.running())
        where = hub.database.connection_settings()
        settings = {
            "DATABASE_URL": f"postgresql://{where['USER']}@/{where['NAME']}?host={where['HOST']}"
            f"&passfile={where['OPTIONS']['passfile']}",
            "COUNTERFOIL_DELTA_SECONDS": "5",
            "XERO_CLIENT_ID": CUSTOM_CLIENT_ID,
            "XERO_CLIENT_SECRET": CUSTOM_CLIENT_SECRET,
            **{f"XERO_{name}_URL": xero.url for name in ("LOGIN", "IDENTITY", "API", "WEB")},
        }
        one = Installation(homes[1], find_free_port(), settings)
        two = Installation(homes[2], find_free_port(), settings)
        for verb in (("migrate",), ("connect", "--custom")):
            done = one.run(*verb)
            assert done.returncode == 0, done.stderr
        share_keys(one.home, two.home)
        yield Machines(one, two, hub.database, xero, hub)
        for machine in (one, two):
            for name in list(machine.running):
                machine.stop(name)


def share_keys(first: Path, second: Path) -> None:
    shutil.copyfile(first / "keys.json", second / "keys.json")
    (second / "keys.json").chmod(0o600)


def count_ended(machines: Machines) -> int:
    [(count,)] = machines.ask("select count(*) from mirror_run where state = 'succeeded'")
    return int(str(count))


def find_newest_run(machines: Machines) -> int:
    [(newest,)] = machines.ask("select max(id) from mirror_run")
    return int(str(newest))


def list_ends(machines: Machines, *, after: int) -> list[tuple[object, ...]]:
    """Return how the newer runs ended, and what is said of it."""
    return machines.ask(
        "select state, sentence from mirror_run where finished_at is not null and id > %s", after
    )


def assert_one_at_a_time(machines: Machines) -> None:
    """No run of the organisation began while another was under way; one that was cut off is ended first."""
    assert (
        machines.ask(
            "select a.id, b.id from mirror_run a join mirror_run b on b.id > a.id"
            " and b.started_at < coalesce(a.finished_at, b.started_at + interval '1 second')"
            " where a.id < (select max(id) from mirror_run)"
        )
        == []
    )


def copied(machines: Machines) -> dict[str, str]:
    rows = machines.ask("select xero_id, raw->>'UpdatedDateUTC' from mirror_invoice where gone_at is null")
    return {str(xero_id): str(updated) for xero_id, updated in rows}


def original(machines: Machines) -> dict[str, str]:
    records = machines.xero.records(machines.xero.tenant_id(), "Invoices")
    return {record["InvoiceID"]: record["UpdatedDateUTC"] for record in records}


def clock_ahead() -> tuple[str, ...]:
    """Return the command that runs a process with a clock that is ahead, if there is one."""
    return ("faketime", "-f", f"+{AHEAD_S}s") if shutil.which("faketime") else ()


def test_two_machines_never_sync_twice_and_go_on_when_one_is_killed(machines: Machines) -> None:
    machines.one.start("worker", "worker")
    machines.two.start("worker", "worker")
    wait_until(lambda: count_ended(machines) >= 3)
    machines.xero.change_at_random(machines.xero.tenant_id(), 40, seed=1)
    machines.one.kill("worker")
    wait_until(lambda: copied(machines) == original(machines))

    machines.one.start("worker", "worker")
    machines.two.kill("worker")
    machines.xero.change_at_random(machines.xero.tenant_id(), 40, seed=2)
    wait_until(lambda: copied(machines) == original(machines))

    assert machines.ask("select count(*) from mirror_run where kind = 'full'") == [(1,)]
    assert machines.ask("select count(*) from mirror_grant") == [(1,)]
    assert_one_at_a_time(machines)


def test_a_clock_that_is_ahead_makes_nobody_miss_or_repeat_a_copy(machines: Machines) -> None:
    before = find_newest_run(machines)  # which one that was killed may have cut off
    machines.two.start("worker", "worker", before=clock_ahead())
    machines.xero.change_at_random(machines.xero.tenant_id(), 40, seed=4)

    wait_until(lambda: copied(machines) == original(machines))
    wait_until(lambda: list_ends(machines, after=before) != [])

    assert machines.ask("select count(*) from mirror_run where kind = 'full'") == [(1,)]
    assert {state for state, _ in list_ends(machines, after=before)} == {"succeeded"}
    machines.two.kill("worker")


def test_both_go_on_after_the_database_was_restarted(machines: Machines) -> None:
    for machine in (machines.one, machines.two):
        if "worker" not in machine.running:
            start_worker(machine)
    before = count_ended(machines)
    server = machines.hub.find_server()
    assert server is not None
    server.kill()
    server.wait(20)

    machines.database.start_again()

    [(started,)] = machines.ask("select now()")
    machines.xero.change_at_random(machines.xero.tenant_id(), 40, seed=3)
    wait_until(lambda: count_ended(machines) > before + 1)
    wait_until(lambda: copied(machines) == original(machines))
    living = "select 1 from procrastinate_workers where last_heartbeat > %s"
    wait_until(lambda: len(machines.ask(living, started)) >= 2)


def start_worker(machine: Installation) -> None:
    """Start a worker, and wait until it works: one that finds no database when it starts ends at once."""
    said = "The worker is ready."
    earlier = machine.read_log("worker").count(said) if machine.log_of("worker").exists() else 0
    machine.start("worker", "worker")
    wait_until(lambda: machine.read_log("worker").count(said) > earlier)


def test_the_pages_of_both_are_one(machines: Machines) -> None:
    """Who signs up on one machine is signed in on the other: sessions, limits and keys are shared."""
    for machine in (machines.one, machines.two):
        machine.start_web()
    for machine in (machines.one, machines.two):
        machine.wait_until_ready()

    cookies = sign_up(machines.one)

    assert read_heading(machines.two, cookies) == read_heading(machines.one, cookies) == "Two Machines Ltd"


def sign_up(machine: Installation) -> dict[str, str]:
    with httpx.Client(base_url=machine.url, timeout=30, trust_env=False) as client:
        client.get("/accounts/signup/")
        form = {
            "firm": "Two Machines Ltd",
            "email": "robin@two.example",
            "password1": "correct horse battery",
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        answer = client.post("/accounts/signup/", data=form)
        assert answer.status_code == 302, answer.text
        return dict(client.cookies)


def read_heading(machine: Installation, cookies: dict[str, str]) -> str:
    page = httpx.get(f"{machine.url}/", cookies=cookies, timeout=30, trust_env=False)
    assert page.status_code == 200
    return "Two Machines Ltd" if "Two Machines Ltd" in page.text else ""
