"""
People at work while everything syncs: how long do their pages take?

    python -m benchmarks.load [--people N] [--seconds N] [--invoices N] [--processes N] [--into FOLDER]

Each person has a firm of their own with one organisation, all connected to one stand-in, in which records
change all the while; a worker asks every organisation for changes once a minute. People sign in by the form
and go from page to page as they do, reading for some seconds in between. Everything shares the machine: the
people, the pages, the worker, the database and the stand-in.
"""

import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tests.factories.installation import Installation, running_installation, temporary_home, wait_until
from tests.factories.sandbox import CLIENT_ID, CLIENT_SECRET, RunningSandbox, running_sandbox

from benchmarks.pictures import draw_milliseconds, keep_picture, name_folder

PASSWORD = "correct horse battery"
_COPIED_WITHIN_S = 3600.0
_CHANGES_EACH = 3
_CONSENTS_AT = "http://localhost:8000"  # where the stand-in's app is answered


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--invoices", type=int, default=500, help="of each organisation")
    parser.add_argument("--processes", type=int, default=2, help="of the web server")
    parser.add_argument("--reading", type=float, default=5.0, help="seconds that a person reads a page")
    name_folder(parser)
    given = vars(parser.parse_args())
    into = given.pop("into")
    figures, pages = measure(**given)
    for name, value in figures.items():
        sys.stdout.write(f"| {name} | {value} |\n")
    sys.stdout.write("\n| page | asked for | median | 95th percentile |\n|---|---|---|---|\n")
    for name, times in sorted(pages.items()):
        row = (name, len(times), f"{statistics.median(times):.0f} ms", f"{find_cut(times, 95):.0f} ms")
        sys.stdout.write(f"| {' | '.join(map(str, row))} |\n")
    taken = {name.split(", ")[1]: value for name, value in figures.items() if name.startswith("page, ")}
    title = f"A page, while {given['people']} organisations sync"
    keep_picture(into, "load", draw_milliseconds(title, taken))
    return 0


def measure(
    *, people: int, seconds: int, invoices: int, processes: int, reading: float
) -> tuple[dict[str, Any], Mapping[str, list[float]]]:
    """Return what was measured, and the milliseconds of each page by its name."""
    stand_in = running_sandbox(
        watched=False, invoices=0, contacts=0, tier="advanced", minute_calls=10_000, day_calls=100_000
    )
    with temporary_home("counterfoil-bench-") as home, stand_in as sandbox:
        settings = {
            "XERO_CLIENT_ID": CLIENT_ID,
            "XERO_CLIENT_SECRET": CLIENT_SECRET,
            "COUNTERFOIL_DELTA_SECONDS": "60",
            "COUNTERFOIL_PROXIES": "1",  # each person comes from an address of their own
            **{f"XERO_{name}_URL": sandbox.url for name in ("LOGIN", "IDENTITY", "API", "WEB")},
        }
        with running_installation(home, web_processes=processes, workers=0, **settings) as made:
            visitors = _fill(made, sandbox, people, invoices)
            made.start("worker", "worker")
            wait_until(lambda: _count_closed(made) == people, _COPIED_WITHIN_S)
            _give_records(made, visitors)
            wait_until(lambda: _count_waiting(made) == 0, _COPIED_WITHIN_S)
            with made.connect() as connection:
                connection.execute("analyze")
            return _let_them_work(made, sandbox, visitors, seconds, reading)


def _fill(made: Installation, sandbox: RunningSandbox, people: int, invoices: int) -> list[dict[str, Any]]:
    """Make each person, their firm and its organisation, connected; return what a visitor needs to know."""
    os.environ.update({"DJANGO_SETTINGS_MODULE": "counterfoil.config.settings", **made.environment})
    os.environ["COUNTERFOIL_URL"] = _CONSENTS_AT
    import django

    django.setup()
    logging.disable(logging.INFO)
    from django.utils import timezone

    from counterfoil.features.workspaces.models import User
    from counterfoil.features.workspaces.operations import create_workspace
    from counterfoil.mirror.scope import in_workspace
    from counterfoil.sync.connecting import attach_organisation, list_tenants, receive_consent
    from counterfoil.xero.scopes import READ_SCOPES

    visitors: list[dict[str, Any]] = []
    for number in range(people):
        planned = {"seed": number, "invoices": invoices, "contacts": invoices // 5}
        tenant_id = str(sandbox.add_organisation(name=f"Firm {number:03} Ltd", **planned)["tenantId"])
        now, email = timezone.now(), f"person{number}@bench.example"
        firm = create_workspace(
            name=f"Firm {number}", owner=User.objects.create_user(email, password=PASSWORD), now=now
        )
        with in_workspace(firm.pk):
            grant = receive_consent(
                sandbox.consent(tenant_id),
                client_id=CLIENT_ID,
                asked_scopes=READ_SCOPES,
                state="s",
                verifier=None,
                workspace_id=firm.pk,
                now=now,
            )
        [tenant] = list_tenants(grant, now=now)
        with in_workspace(firm.pk):
            organisation = attach_organisation(grant, tenant, connected_by="Robin", now=now)
        visitors.append(
            {
                "email": email,
                "password": PASSWORD,
                "organisation": organisation.pk,
                "tenant": tenant_id,
                "address": f"10.0.{number // 250}.{number % 250 + 1}",
            }
        )
    return visitors


def _give_records(made: Installation, visitors: list[dict[str, Any]]) -> None:
    for visitor in visitors:
        rows = made.ask(
            "select xero_id from mirror_invoice where organisation_id = %s order by xero_id limit 20",
            visitor["organisation"],
        )
        visitor["invoices"] = [xero_id for (xero_id,) in rows]


def _count_closed(made: Installation) -> int:
    [(count,)] = made.ask(
        "select count(distinct organisation_id) from mirror_run where kind = 'delta' and state = 'succeeded'"
    )
    return int(count)


def _count_waiting(made: Installation) -> int:
    """Count the jobs that follow a first copy: nobody is measured while those are done."""
    [(count,)] = made.ask(
        "select count(*) from procrastinate_jobs where queue_name = 'sync' and status in ('todo', 'doing')"
        " and task_name <> 'sync'"
    )
    return int(count)


def _let_them_work(
    made: Installation,
    sandbox: RunningSandbox,
    visitors: list[dict[str, Any]],
    seconds: int,
    reading: float,
) -> tuple[dict[str, Any], Mapping[str, list[float]]]:
    people = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load_people", made.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert people.stdin is not None
    assert people.stdout is not None
    people.stdin.write(json.dumps({"visitors": visitors, "seconds": seconds, "reading": reading}) + "\n")
    people.stdin.flush()
    assert people.stdout.readline() == "signed in\n"
    people.stdin.write("go\n")
    people.stdin.flush()
    computing = {name: made.count_computing(name) for name in ("web", "worker")}
    [(runs_before,)] = made.ask("select count(*) from mirror_run where state = 'succeeded'")
    done = threading.Event()
    changing = threading.Thread(target=_change_all_the_while, args=(sandbox, visitors, done))
    changing.start()
    try:
        visits: list[tuple[str, float, int]] = json.loads(people.stdout.readline())
    finally:
        done.set()
        changing.join()
    people.wait()
    [(runs_after,)] = made.ask("select count(*) from mirror_run where state = 'succeeded'")
    pages: dict[str, list[float]] = defaultdict(list)
    for name, taken, status in visits:
        pages[name].append(taken * 1000)
        if status != 200:
            sys.stderr.write(f"{name} answered {status}\n")
    times = [taken for page in pages.values() for taken in page]
    figures = {
        "people, each with an organisation": len(visitors),
        "invoices of each": _count_invoices(made),
        "pages asked for": len(times),
        "pages a second": round(len(times) / seconds, 1),
        "not answered with 200": sum(status != 200 for *_, status in visits),
        "syncs that ended well meanwhile": runs_after - runs_before,
        "page, median, ms": round(statistics.median(times)),
        "page, 95th percentile, ms": round(find_cut(times, 95)),
        "page, 99th percentile, ms": round(find_cut(times, 99)),
        "computing of the web server for a page, ms": round(
            (made.count_computing("web") - computing["web"]) / len(times) * 1000
        ),
        "cores taken by the worker": round(
            (made.count_computing("worker") - computing["worker"]) / seconds, 2
        ),
    }
    return figures, pages


def _count_invoices(made: Installation) -> int:
    [(count,)] = made.ask("select count(*) / count(distinct organisation_id) from mirror_invoice")
    return int(count)


def _change_all_the_while(
    sandbox: RunningSandbox, visitors: list[dict[str, Any]], done: threading.Event
) -> None:
    """Change some records of each organisation about once a minute."""
    number = 0
    while not done.wait(60 / len(visitors)):
        visitor = visitors[number % len(visitors)]
        sandbox.change_at_random(visitor["tenant"], _CHANGES_EACH, seed=number)
        number += 1


def find_cut(times: list[float], percent: int) -> float:
    """Return the time within which this share of the pages was answered."""
    ordered = sorted(times)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


if __name__ == "__main__":
    started = time.monotonic()
    code = main()
    sys.stderr.write(f"{time.monotonic() - started:.0f} s in all\n")
    sys.exit(code)
