"""
Two machines on one database: nothing is synced or written twice, whatever stops, starts or errs.

Each test sets both to work by itself: which ran before it, and whether any did, makes no difference.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.factories.clock_ahead import put_clock_ahead
from tests.factories.installation import Installation
from tests.integration.faults.machines import (
    FIRM,
    Machines,
    run_script,
    running_machines,
    start_worker,
    wait_until,
)

# The second machine's clock goes so many seconds ahead: far more than NTP leaves.
AHEAD_S = 45

# More than go in one call.
WISHES = 120

# By this class of locks the database knows the right to write to an organisation.
RIGHT_TO_WRITE = 0x5E91


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    with running_machines() as running:
        yield running


def test_two_machines_never_sync_twice_and_go_on_when_one_is_killed(machines: Machines) -> None:
    machines.set_to_work()
    before = machines.find_newest_run()
    for killed, seed in ((machines.one, 1), (machines.two, 2)):
        machines.change(seed=seed)
        killed.kill("worker")
        wait_until(machines.is_equal)
        start_worker(killed)

    assert machines.ask("select count(*) from mirror_run where kind = 'full'") == [(1,)]
    assert machines.ask("select count(*) from mirror_grant") == [(1,)]
    assert list_overlaps(machines, after=before) == []


def list_overlaps(machines: Machines, *, after: int) -> list[tuple[object, ...]]:
    """Return the runs that began while another was under way; one that was cut off is ended first."""
    return machines.ask(
        "select a.id, b.id from mirror_run a join mirror_run b on b.id > a.id"
        " and b.started_at < coalesce(a.finished_at, b.started_at + interval '1 second')"
        " where a.id > %s and a.id < (select max(id) from mirror_run)",
        after,
    )


def test_the_pages_of_both_are_one(machines: Machines) -> None:
    """Who signs up on one machine is signed in on the other: sessions, limits and keys are shared."""
    pages = [
        httpx.get(f"{machine.url}/", cookies=machines.cookies, timeout=60, trust_env=False)
        for machine in machines.both
    ]

    assert [(page.status_code, FIRM in page.text) for page in pages] == [(200, True)] * 2


def test_what_both_approve_and_send_at_once_is_in_xero_once_though_the_sender_is_killed(
    machines: Machines,
) -> None:
    machines.set_to_work()
    [(organisation,)] = machines.ask("select id from mirror_organisation")
    run_script(machines.one, "tests.integration.faults.wishing", str(WISHES))
    machines.xero.fault("commit_then_timeout", match="Invoices", method="PUT", seconds=3600)

    with ThreadPoolExecutor() as both_at_once:
        answers = list(both_at_once.map(lambda one: approve_all(one, machines, organisation), machines.both))
        for machine in machines.both:
            machine.start("push", "push")
    wait_until(lambda: list_references(machines))  # Xero has what the sender will never know of
    sender = machines.find(find_sender(machines))
    for name in ("worker", "push"):
        sender.kill(name)

    wait_until(lambda: count_states(machines)["unknown"])
    machines.ask("update mirror_operation set next_try_at = now() where state = 'unknown'")  # time passes
    wait_until(lambda: count_states(machines) == {"done": WISHES})
    start_worker(sender)
    assert sender.run("push").returncode == 0

    assert answers == [302, 302]
    approved = (
        "select count(*), count(distinct operation_id) from mirror_operationevent where before = 'waiting'"
    )
    assert machines.ask(approved) == [(WISHES, WISHES)]
    there = machines.ask("select reference from mirror_operation")
    assert list_references(machines) == Counter(reference for (reference,) in there)
    assert count_states(machines) == {"done": WISHES}


def approve_all(machine: Installation, machines: Machines, organisation: object) -> int:
    """Press "Approve all" on the machine's page."""
    address = f"{machine.url}/o/{organisation}/outbox/approve/"
    form = {"all": "1", "csrfmiddlewaretoken": machines.cookies["csrftoken"]}
    return httpx.post(address, data=form, cookies=machines.cookies, timeout=60, trust_env=False).status_code


def find_sender(machines: Machines) -> object:
    """Return the machine that holds the right to write to Xero."""
    [(name,)] = machines.ask(
        "select application_name from pg_locks join pg_stat_activity using (pid)"
        " where locktype = 'advisory' and granted and classid = %s",
        RIGHT_TO_WRITE,
    )
    return name


def count_states(machines: Machines) -> Counter[str]:
    rows = machines.ask("select state, count(*) from mirror_operation group by state")
    return Counter({str(state): int(str(count)) for state, count in rows})


def list_references(machines: Machines) -> Counter[str]:
    """Return how many invoices Xero has with each of our references."""
    records = machines.xero.records(machines.xero.tenant_id(), "Invoices")
    return Counter(one["Reference"] for one in records if one.get("Reference", "").startswith("CF-"))


def test_both_go_on_after_the_database_was_restarted(machines: Machines) -> None:
    machines.set_to_work()
    before = machines.find_newest_run()
    server = machines.hub.find_server()
    assert server is not None
    server.kill()
    server.wait(60)

    machines.database.start_again()

    [(started,)] = machines.ask("select now()")
    machines.change(seed=3)
    wait_until(
        lambda: machines.count(
            "select count(*) from mirror_run where state = 'succeeded' and id > %s", before
        )
    )
    wait_until(machines.is_equal)
    living = "select count(*) from procrastinate_workers where last_heartbeat > %s"
    wait_until(lambda: machines.count(living, started) >= 2)


def test_a_clock_that_is_ahead_makes_nobody_miss_or_repeat_a_copy(machines: Machines) -> None:
    machines.set_to_work()
    machines.two.stop("worker")
    start_worker(machines.two, before=put_clock_ahead(AHEAD_S))
    before = machines.find_newest_run()  # the worker that was stopped may have left one behind
    machines.change(seed=4)

    wait_until(machines.is_equal)
    wait_until(lambda: machines.ask("select 1 from mirror_run where started_at > now()"))
    machines.change(seed=5)
    wait_until(machines.is_equal)
    wait_until(lambda: list_ends(machines, after=before))

    assert machines.ask("select count(*) from mirror_run where kind = 'full'") == [(1,)]
    assert {state for state, _ in list_ends(machines, after=before)} == {"succeeded"}


def list_ends(machines: Machines, *, after: int) -> list[tuple[object, ...]]:
    """Return how the newer runs ended, and what is said of it."""
    return machines.ask(
        "select state, sentence from mirror_run where finished_at is not null and id > %s", after
    )
