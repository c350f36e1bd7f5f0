"""
Webhooks at full rate: is each answered in time, is none lost, through a worker that is killed meanwhile?

    python -m benchmarks.webhooks [--rate N] [--seconds N] [--processes N] [--into FOLDER]

Senders in processes of their own post as Xero does, over connections that are kept open, each delivery at
its own moment whether earlier ones were answered or not. An answer's time counts from that moment.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.factories.installation import Installation, running_installation, temporary_home, wait_until
from tests.factories.sandbox import (
    CUSTOM_CLIENT_ID,
    CUSTOM_CLIENT_SECRET,
    RunningSandbox,
    running_sandbox,
)

from benchmarks.pictures import draw_milliseconds, keep_picture, name_folder

KEY = "the-key-of-the-webhooks"
WITHIN_S = 5.0  # Xero waits no longer
_SENDERS = 2
_SETTLED_WITHIN_S = 600.0


def main() -> int:
    """Measure and print, as a sender or as the one who starts them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=1000, help="deliveries a second")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2, help="of the web server")
    parser.add_argument("--invoices", type=int, default=2000, help="so many different records are told of")
    name_folder(parser)
    given = parser.parse_args()
    figures = measure(
        rate=given.rate, seconds=given.seconds, processes=given.processes, invoices=given.invoices
    )
    for name, value in figures.items():
        sys.stdout.write(f"| {name} | {value} |\n")
    answers = {name.split(", ")[1]: value for name, value in figures.items() if name.startswith("answer, ")}
    title = f"Until a webhook is answered, at {given.rate:,} a second"
    keep_picture(given.into, "webhooks", draw_milliseconds(title, answers))
    return 0


def measure(*, rate: int, seconds: int, processes: int, invoices: int) -> dict[str, Any]:
    """Return what became of so many deliveries, a worker being killed and started while they come."""
    with temporary_home("counterfoil-bench-") as home, _running(home, invoices, processes) as (made, sandbox):
        tenant = sandbox.tenant_id()
        told = [str(record["InvoiceID"]) for record in sandbox.records(tenant, "Invoices")]
        sandbox.reset_stats()
        before = made.count_computing("web")
        answers = _send(made, tenant, told, rate, seconds)
        sent = rate * seconds
        computed = made.count_computing("web") - before
        wait_until(lambda: _count(made, "unpacked_at is null") == 0, _SETTLED_WITHIN_S)
        unpacked = time.monotonic()
        wait_until(lambda: _count_notices(made, "settled_at is null") == 0, _SETTLED_WITHIN_S)
        fetched_s = time.monotonic() - unpacked
        figures = _report(made, sandbox, answers, sent, len(set(told[:sent])))
    figures["until the last was fetched, s"] = round(fetched_s, 1)
    figures["computing of the web server for each, ms"] = round(computed / sent * 1000, 2)
    return figures


@contextmanager
def _running(home: Any, invoices: int, processes: int) -> Iterator[tuple[Installation, RunningSandbox]]:
    """Run an installation with one organisation, copied and closed."""
    stand_in = running_sandbox(
        watched=False, invoices=invoices, contacts=invoices // 10, minute_calls=10_000, tier="advanced"
    )
    with stand_in as sandbox:
        settings = {
            "XERO_CLIENT_ID": CUSTOM_CLIENT_ID,
            "XERO_CLIENT_SECRET": CUSTOM_CLIENT_SECRET,
            "XERO_WEBHOOK_KEY": KEY,
            **{f"XERO_{name}_URL": sandbox.url for name in ("LOGIN", "IDENTITY", "API", "WEB")},
        }
        with running_installation(home, web_processes=processes, workers=0, **settings) as made:
            for verb in (("connect", "--custom"), ("sync", "--full"), ("sync",)):
                done = made.run(*verb)
                if done.returncode:
                    raise SystemExit(done.stdout + done.stderr)
            made.start("worker", "worker")
            yield made, sandbox


def _send(
    made: Installation, tenant: str, told: list[str], rate: int, seconds: int
) -> list[tuple[float, int]]:
    """Have the senders post, kill the worker in the middle, and return the time and status of each answer."""
    begin = time.time() + 3
    senders = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.webhook_sender", made.url, KEY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(_SENDERS)
    ]
    for number, sender in enumerate(senders):
        job = {
            "tenant": tenant,
            "told": told[number::_SENDERS],
            "begin": begin,
            "every": _SENDERS / rate,
            "offset": number / rate,
            "count": rate * seconds // _SENDERS,
            "first": number * rate * seconds,
        }
        assert sender.stdin is not None
        sender.stdin.write(json.dumps(job) + "\n")
        sender.stdin.flush()
    time.sleep(max(0.0, begin - time.time()) + seconds * 0.3)
    made.kill("worker")
    time.sleep(seconds * 0.2)
    made.start("worker", "worker")
    return [tuple(answer) for sender in senders for answer in json.loads(sender.communicate()[0])]


def _count(made: Installation, which: str) -> int:
    [(count,)] = made.ask(f"select count(*) from mirror_delivery where {which}")
    return int(count)


def _count_notices(made: Installation, which: str) -> int:
    [(count,)] = made.ask(f"select count(*) from mirror_notice where {which}")
    return int(count)


def _report(
    made: Installation,
    sandbox: RunningSandbox,
    answers: list[tuple[float, int]],
    sent: int,
    records: int,
) -> dict[str, Any]:
    times = sorted(seconds for seconds, status in answers if status == 200)
    cuts = statistics.quantiles(times, n=100)
    [(numbers,)] = made.ask(
        "select count(distinct first_sequence) from mirror_delivery where event_count > 0"
    )
    return {
        "deliveries": sent,
        "answered 200": len(times),
        "of these within Xero's 5 s": sum(seconds <= WITHIN_S for seconds in times),
        "answer, median, ms": round(cuts[49] * 1000),
        "answer, 95th percentile, ms": round(cuts[94] * 1000),
        "answer, 99th percentile, ms": round(cuts[98] * 1000),
        "answer, slowest, ms": round(times[-1] * 1000),
        "kept and unpacked": numbers,
        "records told of": records,
        "notices settled": _count_notices(made, "settled_at is not null"),
        "notices left": _count_notices(made, "settled_at is null"),
        "calls to fetch them": sandbox.stats()["api_answers"],
    }


if __name__ == "__main__":
    sys.exit(main())
