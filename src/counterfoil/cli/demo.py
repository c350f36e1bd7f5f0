"""Everything at once for a first look: the database, the stand-in Xero, the pages and the worker."""

import os
import socket
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from counterfoil.cli.speech import Exit, Stopped, say
from counterfoil.config.home import find_home
from counterfoil.config.paths import CALLBACK_PATH, SIGN_IN_PATH
from counterfoil.config.postgres import EmbeddedPostgres
from counterfoil.config.postgres_programs import DatabaseNotStarted
from counterfoil.config.processes import PartEnded, PartNotReady, Parts, running_parts

_CLIENT = "COUNTERFOILDEMO0000000000000000000"
_SECRET = "counterfoil-demo-secret"  # noqa: S105 - of the stand-in, which guards nothing
_READY_WITHIN_S = 240
_INVOICES = 1_200


def run_demo(*, port: int, sandbox_port: int, invoices: int | None, fresh: bool) -> None:
    """Start it all where the last demo ended, or anew; say where it is, and end it all together."""
    for taken in (port, sandbox_port):
        _check_free(taken)
    home = find_home() / "demo"
    database, xero_state = EmbeddedPostgres(home), home / "xero.json"
    goes_on = not fresh and xero_state.exists() and database.data.exists()
    if goes_on and invoices is not None:
        raise Stopped(
            f"The organisations of the last demo are in {home} and have the invoices they have."
            " Add --fresh to begin anew with other ones, or leave --invoices out to go on.",
            Exit.USAGE,
        )
    url, xero = f"http://localhost:{port}", f"http://127.0.0.1:{sandbox_port}"
    say("Preparing the database and the stand-in Xero …")
    try:
        if not goes_on:
            # A copy without the Xero that it was made of, or the other way round, would be a copy of nothing.
            database.destroy()
            xero_state.unlink(missing_ok=True)
        with database.running(), running_parts(home / "logs") as parts:
            stand_in = [find_sandbox(), "--port", str(sandbox_port), "--state", str(xero_state)]
            stand_in += ["--invoices", str(invoices or _INVOICES)]
            for path in (CALLBACK_PATH, SIGN_IN_PATH):
                stand_in += ["--redirect-uri", f"{url}{path}"]
            _start_all(parts, _build_environment(home, url, xero), port, stand_in)
            parts.wait_for(lambda: _answers(f"http://127.0.0.1:{port}/readyz"), within_s=_READY_WITHIN_S)
            parts.wait_for(lambda: _answers(f"{xero}/sandbox/api/stats"), within_s=_READY_WITHIN_S)
            if not parts.is_stopping:
                _announce(url, xero, home, goes_on=goes_on)
            parts.wait()
    except DatabaseNotStarted as problem:
        raise Stopped(str(problem), Exit.PERSON_MUST_ACT) from problem
    except (PartEnded, PartNotReady) as ended:
        raise Stopped(str(ended), Exit.FAILURES) from ended
    say("Stopped.")


def find_sandbox() -> str:
    """Return the path of the stand-in's command, which lies beside the Python that runs this."""
    return str(Path(sys.executable).with_name("xero-sandbox"))


def _start_all(parts: Parts, environment: dict[str, str], port: int, stand_in: list[str]) -> None:
    counterfoil = [sys.executable, "-m", "counterfoil"]
    # Asking four times a minute spends half of a real plan's minute, and its day before lunch; whoever tries
    # the demo would wait for the rest.
    parts.start("xero", [*stand_in, "--minute-calls", "600", "--day-calls", "100000"], environment)
    parts.run("tables", [*counterfoil, "migrate"], environment)
    parts.start("web", [*counterfoil, "serve", "--port", str(port)], environment, lasts=True)
    parts.start("worker", [*counterfoil, "worker"], environment, lasts=True)


def _build_environment(home: Path, url: str, xero: str) -> dict[str, str]:
    """Return the parts' environment: nothing of a real installation's settings reaches a demo."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COUNTERFOIL_", "DATABASE_URL", "XERO_"))
    }
    return inherited | {
        "COUNTERFOIL_HOME": str(home),
        "COUNTERFOIL_URL": url,
        "COUNTERFOIL_DEMO": "1",
        "COUNTERFOIL_DELTA_SECONDS": "15",
        "XERO_CLIENT_ID": _CLIENT,
        "XERO_CLIENT_SECRET": _SECRET,
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


def _announce(url: str, xero: str, home: Path, *, goes_on: bool) -> None:
    begin = (
        "Everything is as the last demo left it; --fresh begins anew."
        if goes_on
        else "Click the card “Xero Connection”, choose an organisation, and watch it arrive."
    )
    say(
        f"\nCounterfoil is ready at {url}\n"
        f"  You are signed in there as demo@counterfoil.example; no password is needed.\n"
        f"  {begin}\n"
        f"  The stand-in Xero is at {xero}: raise or pay an invoice there and see it change here.\n"
        f"  The logs of the parts are in {home / 'logs'}.\n"
        f"  Ctrl-C stops everything.\n"
    )


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
