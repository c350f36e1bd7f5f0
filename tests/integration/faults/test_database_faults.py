"""The database is killed, gone, crowded or full: nothing committed is lost, and all goes on by itself."""

import fcntl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.factories.installation import (
    DidNotHappen,
    Installation,
    wait_until,
)
from tests.integration.faults.conftest import post_webhook


def get_page(installation: Installation) -> httpx.Response:
    """Ask for a page that needs the database: a session that nobody has is looked for."""
    cookies = {"sessionid": "a-session-that-nobody-has"}
    return httpx.get(f"{installation.url}/", cookies=cookies, timeout=30, trust_env=False)


def kept(installation: Installation) -> set[int]:
    """Return the numbers of the deliveries that were kept and unpacked."""
    rows = installation.ask("select first_sequence from mirror_delivery where unpacked_at is not null")
    return {number for (number,) in rows}


def works(installation: Installation, number: int) -> bool:
    """Say whether a delivery posted under this number was unpacked by the worker."""
    try:
        return number in kept(installation)
    except psycopg.Error:
        return False


def assert_heals(installation: Installation, number: int) -> None:
    """Pages, webhooks and the worker do their work again, within a minute and without help."""
    wait_until(lambda: get_page(installation).status_code == 302)
    wait_until(lambda: post_webhook(installation.url, number) == 200)
    try:
        wait_until(lambda: works(installation, number))
    except DidNotHappen as never:
        raise DidNotHappen(f"{never}\n{installation.read_log('worker')}") from never


@contextmanager
def nobody_starts_it(installation: Installation) -> Iterator[None]:
    """Keep everybody from starting the database for the length of a block."""
    with (installation.database.folder / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def kill_server(installation: Installation) -> None:
    server = installation.find_server()
    assert server is not None
    server.kill()
    server.wait(20)


def test_what_was_answered_before_the_server_was_killed_is_kept_and_all_goes_on(
    installation: Installation,
) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda number: (number, post_webhook(installation.url, number)), range(1, 201))
        time.sleep(0.3)
        kill_server(installation)
        taken = {number for number, status in answers if status == 200}

    assert_heals(installation, 999)
    wait_until(lambda: taken <= kept(installation))
    assert taken
    said = installation.read_log("web") + installation.read_log("worker")
    assert "the database has died; starting it again" in said
    assert "the database runs again; what was committed is there" in said


@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=pytest.mark.slow)])
def test_while_the_database_is_gone_pages_say_so_and_afterwards_all_goes_on(
    installation: Installation, seconds: float
) -> None:
    assert get_page(installation).status_code == 302

    with nobody_starts_it(installation):
        kill_server(installation)
        until = time.monotonic() + seconds
        page, ready = get_page(installation), httpx.get(f"{installation.url}/readyz", trust_env=False)
        refused = post_webhook(installation.url, 2000)
        alive = httpx.get(f"{installation.url}/healthz", trust_env=False)
        time.sleep(max(0.0, until - time.monotonic()))

    assert (page.status_code, page.headers["retry-after"], page.headers["refresh"]) == (503, "10", "10")
    assert "Counterfoil is away for a moment" in page.text
    assert (ready.status_code, ready.json()) == (
        503,
        {
            "ready": False,
            "database": "not reachable",
            "because": "The database does not answer. Counterfoil goes on as soon as it does.",
        },
    )
    assert (refused, alive.status_code) == (503, 200)
    assert_heals(installation, 2001 + int(seconds))


def test_without_a_free_connection_pages_say_so_and_afterwards_all_goes_on(
    installation: Installation,
) -> None:
    wait_until(lambda: get_page(installation).status_code == 302)

    with ExitStack() as held:
        take_all_connections(installation, held)
        page = get_page(installation)
        ready = httpx.get(f"{installation.url}/readyz", trust_env=False).json()

    assert page.status_code == 503
    assert ready["because"].startswith("The database has no connection left.")
    assert_heals(installation, 3000)
    assert "crowded" in installation.read_log("web")


def take_all_connections(installation: Installation, held: ExitStack) -> None:
    """Cut everybody off, and take each place before anybody comes back."""
    owner = held.enter_context(installation.connect(as_owner=True))
    others = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'counterfoil'"
    owner.execute("alter role counterfoil connection limit 12")
    held.callback(lift_limit, owner)
    mine: list[int] = []
    deadline = time.monotonic() + 30
    while len(mine) < 12 and time.monotonic() < deadline:
        owner.execute(f"{others} and not pid = any(%s)", [mine])
        try:
            connection = held.enter_context(installation.connect())
        except psycopg.OperationalError:
            continue
        mine.append(connection.info.backend_pid)
    assert len(mine) == 12


def lift_limit(owner: "psycopg.Connection[tuple[object, ...]]") -> None:
    owner.execute("alter role counterfoil connection limit -1")


def test_a_full_disk_loses_nothing_and_room_is_all_that_is_needed(installation: Installation) -> None:
    if not installation.home.is_mount():
        pytest.skip("a disk of its own can be made by root only, where mounting is allowed")
    wait_until(lambda: post_webhook(installation.url, 4000) == 200)
    ballast = fill(installation.home)
    taken = post_until_refused(installation, range(4001, 9000))
    doctor = installation.run("doctor")

    ballast.unlink()

    assert_heals(installation, 9999)
    wait_until(lambda: taken <= kept(installation))
    assert "When it is full, no more is kept." in doctor.stdout


def fill(disk: Path) -> Path:
    """Leave no byte free."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        try:
            while True:
                file.write(b"\0" * 65536)
                file.flush()
        except OSError:
            pass
    return ballast


def post_until_refused(installation: Installation, numbers: range) -> set[int]:
    """Post until one is not taken; return those that were."""
    taken: set[int] = set()
    for number in numbers:
        if post_webhook(installation.url, number) != 200:
            return taken
        taken.add(number)
    pytest.fail("the disk was full, and everything was taken")
