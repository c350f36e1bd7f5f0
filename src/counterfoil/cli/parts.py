"""The parts of an installation, one by one, and all of them together for a first look."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, cast
from urllib.error import URLError
from urllib.request import urlopen

import typer
from django.conf import settings
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.django_connector import DjangoConnector
from rich.console import Console

from counterfoil.cli.app import Exit, Stopped, app
from counterfoil.config.installation import database_running, is_migrated, migrate
from counterfoil.config.postgres import EmbeddedPostgres
from counterfoil.config.processes import PartEnded, running_parts
from counterfoil.sync.app import CALLBACK_PATH

console = Console()
_WEB_THREADS = 8
_DEMO_CLIENT = "COUNTERFOILDEMO0000000000000000000"
_DEMO_SECRET = "counterfoil-demo-secret"  # noqa: S105 - of the stand-in, which guards nothing
_READY_WITHIN_S = 60

Port = Annotated[int, typer.Option(min=1, max=65535)]
Host = Annotated[str, typer.Option(help="The address to listen on; the default is reachable from here only.")]


@app.command("migrate")
def migrate_command() -> None:
    """Make or renew the tables of the database."""
    with database_running():
        migrate()
        console.print("The database is up to date.")


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
) -> None:
    """Serve the pages."""
    with database_running():
        _check_migrated()
        _serve(host, port)


def _serve(host: str, port: int) -> None:
    console.print(f"Counterfoil is at {settings.COUNTERFOIL_URL} (listening on {host}:{port}).")
    Granian(
        "counterfoil.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=_WEB_THREADS,
        log_level=LogLevels.warning,
    ).serve()


@app.command()
def worker(
    jobs_at_once: Annotated[int, typer.Option("--jobs", min=1, help="Organisations synced at once.")] = 4,
) -> None:
    """Do the background work: sync what is due, and resume what was cut off."""
    with database_running():
        _check_migrated()
        console.print("The worker is ready.")
        asyncio.run(_work(jobs_at_once))


async def _work(jobs_at_once: int) -> None:
    connector = cast(DjangoConnector, jobs.connector).get_worker_connector()
    with jobs.replace_connector(connector):
        async with jobs.open_async():
            # One place more than for syncs, so that looking for what is due never waits for one.
            await jobs.run_worker_async(
                queues=["sync", "schedule"],
                concurrency=jobs_at_once + 1,
                fetch_job_polling_interval=1.0,
                shutdown_graceful_timeout=5.0,
            )


@app.command()
def sandbox(port: Port = 9090) -> None:
    """Run the stand-in Xero."""
    os.execv(_script("xero-sandbox"), ["xero-sandbox", "--port", str(port)])  # noqa: S606 - no shell wanted


@app.command()
def demo(
    port: Port = 8000,
    sandbox_port: Port = 9090,
    invoices: Annotated[
        int, typer.Option(min=1, help="How many invoices the first organisation has.")
    ] = 1200,
) -> None:
    """Run everything beside a stand-in Xero with demo organisations. Ctrl-C stops it all."""
    for taken in (port, sandbox_port):
        _check_free(taken)
    home = settings.COUNTERFOIL_HOME / "demo"
    database = EmbeddedPostgres(home)
    # The stand-in forgets everything when it stops, so last time's copy would be a copy of nothing.
    database.destroy()
    shutil.rmtree(home, ignore_errors=True)
    url, xero = f"http://localhost:{port}", f"http://127.0.0.1:{sandbox_port}"
    environment = _demo_environment(home, url, xero)
    command = [sys.executable, "-m", "counterfoil"]
    with database.running(), running_parts() as parts:
        with console.status("Preparing the database and the stand-in Xero …"):
            parts.start(
                "stand-in Xero",
                [
                    _script("xero-sandbox"), "--port", str(sandbox_port), "--invoices", str(invoices),
                    "--redirect-uri", f"{url}{CALLBACK_PATH}",
                ],
                environment,
            )  # fmt: skip
            subprocess.run(
                [*command, "migrate"],
                env={**os.environ, **environment},
                check=True,
                stdout=subprocess.DEVNULL,
            )
            parts.start("web", [*command, "serve", "--port", str(port)], environment)
            parts.start("worker", [*command, "worker"], environment)
            _wait_until_ready(f"http://127.0.0.1:{port}/readyz", f"{xero}/sandbox/api/stats")
        _announce(url, xero)
        try:
            parts.wait()
        except PartEnded as ended:
            raise Stopped(str(ended), Exit.FAILURES) from ended
    console.print("Stopped.")


def _demo_environment(home: Path, url: str, xero: str) -> dict[str, str]:
    return {
        "COUNTERFOIL_HOME": str(home),
        "COUNTERFOIL_URL": url,
        "COUNTERFOIL_DEMO": "1",
        "COUNTERFOIL_DELTA_SECONDS": "15",
        "DATABASE_URL": "",
        "XERO_CLIENT_ID": _DEMO_CLIENT,
        "XERO_CLIENT_SECRET": _DEMO_SECRET,
        **dict.fromkeys(["XERO_LOGIN_URL", "XERO_IDENTITY_URL", "XERO_API_URL", "XERO_WEB_URL"], xero),
    }


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as taken:
            raise Stopped(
                f"Port {port} is in use. Stop what uses it, or choose others with --port and --sandbox-port.",
                Exit.USAGE,
            ) from taken


def _announce(url: str, xero: str) -> None:
    console.print(
        f"\n[bold]Counterfoil is ready at {url}[/bold]\n"
        f"  You are signed in there as demo@counterfoil.example; no password is needed.\n"
        f"  Click the card “Xero Connection”, choose an organisation, and watch it arrive.\n"
        f"  The stand-in Xero is at {xero}: raise or pay an invoice there and see it change here.\n"
        f"  Ctrl-C stops everything.\n",
        highlight=False,
    )


def _wait_until_ready(*addresses: str) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    for address in addresses:
        while not _answers(address):
            if time.monotonic() > deadline:
                raise Stopped(f"{address} did not answer within {_READY_WITHIN_S} s.", Exit.FAILURES)
            time.sleep(0.2)


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _check_migrated() -> None:
    if not is_migrated():
        raise Stopped(
            "The database is not ready for this version. Run: counterfoil migrate", Exit.PERSON_MUST_ACT
        )


def _script(name: str) -> str:
    """Return the path of a command that lies beside the Python that runs this."""
    return str(Path(sys.executable).with_name(name))
