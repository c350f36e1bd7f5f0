"""Two machines on one database: each with a home and processes of its own, and nothing else of its own."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from counterfoil.config.postgres import EmbeddedPostgres
from tests.factories import installation
from tests.factories.installation import Installation, find_free_port, temporary_home
from tests.factories.sandbox import (
    CUSTOM_CLIENT_ID,
    CUSTOM_CLIENT_SECRET,
    RunningSandbox,
    running_sandbox,
)

ROOT = Path(__file__).resolve().parents[3]
FIRM = "Two Machines Ltd"

# Two machines, their database and Xero share a computer with whatever else it has to do.
wait_until = partial(installation.wait_until, within_s=240)

_READY = "The worker is ready."


@dataclass
class Machines:
    """Two machines, the database that they share, and Xero."""

    one: Installation
    two: Installation
    database: EmbeddedPostgres
    xero: RunningSandbox
    hub: Installation  # on whose home the database lies; it runs nothing
    cookies: dict[str, str] = field(default_factory=dict)  # of the firm's owner, signed up on the first

    @property
    def both(self) -> tuple[Installation, Installation]:
        """The two machines."""
        return self.one, self.two

    def ask(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database."""
        return self.hub.ask(statement, *values)

    def count(self, statement: str, *values: object) -> int:
        """Ask the database for a number; nothing is none."""
        [(count,)] = self.ask(statement, *values)
        return int(str(count or 0))

    def name(self, machine: Installation) -> str:
        """Return how the database calls the machine."""
        return "two" if machine is self.two else "one"

    def find(self, name: object) -> Installation:
        """Return the machine that the database calls so."""
        return {"one": self.one, "two": self.two}[str(name)]

    def count_ended(self) -> int:
        """Return how many runs have succeeded."""
        return self.count("select count(*) from mirror_run where state = 'succeeded'")

    def find_newest_run(self) -> int:
        """Return the latest run's number, or 0 before the first."""
        return self.count("select max(id) from mirror_run")

    def is_equal(self) -> bool:
        """Say whether the copy of the invoices is Xero's."""
        rows = self.ask("select xero_id, raw->>'UpdatedDateUTC' from mirror_invoice where gone_at is null")
        records = self.xero.records(self.xero.tenant_id(), "Invoices")
        return set(rows) == {(one["InvoiceID"], one["UpdatedDateUTC"]) for one in records}

    def change(self, *, seed: int) -> None:
        """Have somebody change forty records in Xero."""
        self.xero.change_at_random(self.xero.tenant_id(), 40, seed=seed)

    def set_to_work(self) -> None:
        """Have a worker on each machine that works, and the first copy behind them; no test needs another."""
        for machine in self.both:
            if "worker" not in machine.running:
                start_worker(machine)
        wait_until(lambda: self.count("select count(*) from mirror_run where kind = 'full'") == 1)
        wait_until(lambda: self.count_ended() > 0)


def start_worker(machine: Installation, *, before: tuple[str, ...] = ()) -> None:
    """Start a worker, and wait until it works: one that finds no database when it starts ends at once."""
    earlier = machine.read_log("worker").count(_READY) if machine.log_of("worker").exists() else 0
    machine.start("worker", "worker", before=before)
    wait_until(lambda: machine.read_log("worker").count(_READY) > earlier)


def run_script(machine: Installation, module: str, *arguments: str) -> None:
    """Run a program of the tests as if it were the machine's own."""
    command = [sys.executable, "-m", module, *arguments]
    environment = {**machine.environment, "DJANGO_SETTINGS_MODULE": "counterfoil.config.settings"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@contextmanager
def running_machines() -> Iterator[Machines]:
    """Two machines with pages, and one organisation that is asked for changes every five seconds."""
    with ExitStack() as stack:
        homes = [stack.enter_context(temporary_home()) for _ in range(3)]
        xero = stack.enter_context(
            running_sandbox(invoices=300, contacts=40, minute_calls=10_000, tier="advanced")
        )
        hub = Installation(homes[0], 0)
        stack.enter_context(hub.database.running())
        one, two = (
            Installation(home, find_free_port(), tell(hub.database, xero, name))
            for home, name in zip(homes[1:], ("one", "two"), strict=True)
        )
        machines = Machines(one, two, hub.database, xero, hub)
        stack.callback(stop_all, machines)
        migrated = one.run("migrate")
        assert migrated.returncode == 0, migrated.stderr
        shutil.copyfile(one.home / "keys.json", two.home / "keys.json")
        (two.home / "keys.json").chmod(0o600)
        for machine in machines.both:
            machine.start_web()
        for machine in machines.both:
            machine.wait_until_ready(240)
        machines.cookies = sign_up(one)
        connected = one.run("connect", "--custom")
        assert connected.returncode == 0, connected.stderr
        yield machines


def tell(database: EmbeddedPostgres, xero: RunningSandbox, name: str) -> dict[str, str]:
    """Return a machine's settings; by its name the database tells the two apart."""
    where = database.connection_settings()
    return {
        "DATABASE_URL": f"postgresql://{where['USER']}@/{where['NAME']}?host={where['HOST']}"
        f"&passfile={where['OPTIONS']['passfile']}&application_name={name}",
        "COUNTERFOIL_DELTA_SECONDS": "5",
        "XERO_CLIENT_ID": CUSTOM_CLIENT_ID,
        "XERO_CLIENT_SECRET": CUSTOM_CLIENT_SECRET,
        **{f"XERO_{part}_URL": xero.url for part in ("LOGIN", "IDENTITY", "API", "WEB")},
    }


def stop_all(machines: Machines) -> None:
    """Stop every process of both."""
    for machine in machines.both:
        for name in list(machine.running):
            machine.stop(name)


def sign_up(machine: Installation) -> dict[str, str]:
    """Sign up as the owner of a new firm, and return what the browser keeps."""
    with httpx.Client(base_url=machine.url, timeout=60, trust_env=False) as client:
        client.get("/accounts/signup/")
        form = {
            "firm": FIRM,
            "email": "robin@two.example",
            "password1": "correct horse battery",
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        answer = client.post("/accounts/signup/", data=form)
        assert answer.status_code == 302, answer.text
        return dict(client.cookies)
