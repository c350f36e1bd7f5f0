"""Any process can be killed: another takes its place, and what it had begun is taken up."""

import psutil

from tests.factories.installation import Installation, wait_until
from tests.integration.faults.conftest import post_webhook

WAITS = "insert into procrastinate_jobs (queue_name, task_name, status, queueing_lock, args, worker_id)"


def list_answering(installation: Installation) -> list[psutil.Process]:
    """Return the processes that answer for the web server, which only looks after them."""
    return psutil.Process(installation.running["web"].pid).children()


def test_a_killed_process_of_the_web_server_is_replaced(installation: Installation) -> None:
    [killed] = list_answering(installation)

    killed.kill()

    wait_until(lambda: list_answering(installation) not in ([], [killed]))
    installation.wait_until_ready()


def test_a_killed_web_server_leaves_nothing_behind_and_can_be_started_again(
    installation: Installation,
) -> None:
    left = list_answering(installation)

    installation.kill("web")

    assert psutil.wait_procs(left, timeout=20)[1] == []
    installation.start_web()
    installation.wait_until_ready()


def test_what_a_killed_worker_had_begun_is_done_by_the_next(installation: Installation) -> None:
    installation.kill("worker")
    [(gone,)] = installation.ask(
        "insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 hour') returning id"
    )
    [(job,)] = installation.ask(
        f"{WAITS} values ('sync', 'tell_events', 'doing', null, '{{}}', %s) returning id", gone
    )
    assert post_webhook(installation.url, 1) == 200

    installation.start("worker", "worker")

    wait_until(
        lambda: installation.ask("select attempts from procrastinate_jobs where id = %s", job) != [(0,)]
    )
    wait_until(lambda: installation.ask("select 1 from mirror_delivery where unpacked_at is null") == [])
    wait_until(lambda: "a job whose worker is gone" in installation.read_log("worker"))


def test_what_is_scheduled_is_not_done_twice_because_a_worker_was_killed(installation: Installation) -> None:
    [(job,)] = installation.ask(
        f"{WAITS} values ('schedule', 'read_webhooks', 'doing', 'read_webhooks', '{{}}', null) returning id"
    )

    wait_until(
        lambda: (
            installation.ask("select status::text from procrastinate_jobs where id = %s", job)
            == [("failed",)]
        )
    )
