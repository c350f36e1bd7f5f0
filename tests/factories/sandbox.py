"""A stand-in Xero in a process of its own, for tests that need a real address."""

import json
import multiprocessing
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.contract import openapi
from tests.contract.exchanges import check_exchanges
from tests.factories.forked_sandbox import run_command
from xero_sandbox.recording import read_exchanges

SOURCE = Path(__file__).resolve().parents[2] / "src"

# A stand-in imports for a second and generates for a tenth of one; forked from a process that has imported
# everything, it only generates. So it is with commands.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.factories.forked_sandbox", "tests.factories.forked_command"])

CLIENT_ID = "COUNTERFOILDEMO0000000000000000000"
CLIENT_SECRET = "counterfoil-demo-secret"
CUSTOM_CLIENT_ID = "COUNTERFOILCUSTOM000000000000000000"
CUSTOM_CLIENT_SECRET = "counterfoil-custom-secret"
REDIRECT_URI = "http://localhost:8000/admin/xero_integration/connect"
READ_SCOPES = (
    "openid profile email offline_access accounting.invoices.read accounting.payments.read "
    "accounting.banktransactions.read accounting.manualjournals.read accounting.contacts.read "
    "accounting.settings.read accounting.attachments.read accounting.reports.profitandloss.read "
    "accounting.reports.balancesheet.read accounting.reports.trialbalance.read"
)
WRITE_SCOPES = (
    "openid profile email offline_access accounting.invoices accounting.payments "
    "accounting.banktransactions accounting.manualjournals accounting.contacts accounting.settings "
    "accounting.attachments accounting.reports.profitandloss.read accounting.reports.balancesheet.read "
    "accounting.reports.trialbalance.read accounting.reports.aged.read"
)

Json = dict[str, Any]


class SandboxDidNotStart(RuntimeError):
    """The stand-in ended or stayed silent; the message holds what it printed."""


@dataclass
class RunningSandbox:
    """A running stand-in and its control API."""

    url: str
    pid: int
    client: httpx.Client = field(repr=False)

    def _post(self, path: str, body: Json | None = None) -> Any:
        answer = self.client.post(f"/sandbox/api/{path}", json=body or {})
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def organisations(self) -> list[Json]:
        """Return every organisation with its sizes; the first is Brightwater Studio Ltd."""
        organisations: list[Json] = self.client.get("/sandbox/api/organisations").raise_for_status().json()
        return organisations

    def tenant_id(self, name: str = "Brightwater Studio Ltd") -> str:
        """Return the tenant id of an organisation by its name."""
        for organisation in self.organisations():
            if organisation["name"] == name:
                return str(organisation["tenantId"])
        raise LookupError(name)

    def add_organisation(self, **plan: Any) -> Json:
        """Generate one more organisation: name, country, seed, invoices, contacts, payments."""
        made: Json = self._post("organisations", plan)
        return made

    def records(self, tenant_id: str, endpoint: str) -> list[Json]:
        """Return every record as the detailed paged list would serve it."""
        path = f"/sandbox/api/organisations/{tenant_id}/records/{endpoint}"
        text = self.client.get(path).raise_for_status().text
        return [json.loads(line) for line in text.splitlines()]

    def act(self, tenant_id: str, path: str, **fields: Any) -> Json:
        """Do something on the books: `act(t, "invoices")`, `act(t, f"invoices/{id}/pay", amount=5)`."""
        record: Json = self._post(f"organisations/{tenant_id}/{path}", fields)
        return record

    def change_at_random(
        self, tenant_id: str, count: int, *, seed: int = 1, blind_spots: bool = False
    ) -> Json:
        """Make many random legal changes and return how many of each kind."""
        return self.act(tenant_id, "random-changes", count=count, seed=seed, blind_spots=blind_spots)

    def fault(self, kind: str, **details: Any) -> None:
        """Switch a fault on for the next calls."""
        self._post("faults", {"kind": kind, **details})

    def clear_faults(self) -> None:
        """Switch every fault off."""
        self.client.delete("/sandbox/api/faults").raise_for_status()

    def stats(self) -> Json:
        """Return the counters."""
        counters: Json = self.client.get("/sandbox/api/stats").raise_for_status().json()
        return counters

    def reset_stats(self) -> None:
        """Start counting again."""
        self._post("stats/reset")

    def advance_clock(self, seconds: float) -> None:
        """Move the stand-in's clock."""
        self._post("clock", {"advance_s": seconds})

    def ask_before_consent(self, **pages: bool) -> None:
        """Show or skip the pages before consent: `sign_in`, `mfa`, `new_device`."""
        self._post("sign-in", pages)

    def disconnect(self, tenant_id: str) -> None:
        """Disconnect every app from an organisation, as its Xero user would."""
        self._post(f"organisations/{tenant_id}/disconnect")

    def remove_organisation(self, tenant_id: str) -> None:
        """Make an organisation vanish."""
        self.client.delete(f"/sandbox/api/organisations/{tenant_id}").raise_for_status()

    def register_app(self, **app: Any) -> Json:
        """Register an app: kind, client_id, secret, redirect_uris, name, tenant_id, scopes."""
        made: Json = self._post("apps", app)
        return made

    def consent(
        self, tenant_id: str, *, scope: str = READ_SCOPES, redirect_uri: str = REDIRECT_URI, state: str = "s"
    ) -> Json:
        """Press "Allow access" for an organisation and return the callback's parameters."""
        query = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": redirect_uri,
            "scope": scope,
            "state": state,
        }
        answer = self.client.post(
            "/identity/connect/authorize",
            params=query,
            data={"action": "allow", "tenant": tenant_id},
            follow_redirects=False,
        )
        target = urlsplit(answer.headers["location"])
        return {key: values[0] for key, values in parse_qs(target.query).items()}

    def tokens(self, tenant_id: str, *, scope: str = READ_SCOPES, redirect_uri: str = REDIRECT_URI) -> Json:
        """Connect an organisation to the demo app and return its token set."""
        form = {
            "grant_type": "authorization_code",
            "code": self.consent(tenant_id, scope=scope, redirect_uri=redirect_uri)["code"],
            "redirect_uri": redirect_uri,
        }
        answer = self.client.post("/connect/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))
        token_set: Json = answer.raise_for_status().json()
        return token_set


@contextmanager
def running_sandbox(
    *, start_within_s: float = 60.0, watched: bool = True, **settings: Any
) -> Iterator[RunningSandbox]:
    """
    Start a stand-in on a free loopback port and end it afterwards.

    Settings are the command's options with underscores: `invoices=300, limits=False, redirect_uri=[…]`.
    When it is `watched` and has ended, everything that it answered, and that Counterfoil asked of it, is
    held against Xero's OpenAPI files, where they are; SpecViolated names what differs.
    """
    if not watched:
        with _running(start_within_s, settings) as running:
            yield running
        return
    with checked_exchanges() as record, _running(start_within_s, settings | record) as running:
        yield running


@contextmanager
def checked_exchanges() -> Iterator[dict[str, Any]]:
    """
    Give the option by which a stand-in keeps its exchanges, and hold them against Xero's files at the end.

    Where those files are not, the option is left out. Raises SpecViolated.
    """
    if not openapi.is_here():
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="exchanges-") as folder:
        kept = Path(folder) / "exchanges"
        yield {"record": str(kept)}
        check_exchanges(read_exchanges(kept))


@contextmanager
def _running(start_within_s: float, settings: dict[str, Any]) -> Iterator[RunningSandbox]:
    port = int(settings.pop("port", 0)) or _free_port()
    url = f"http://127.0.0.1:{port}"
    options = ["--port", str(port), *_as_options(settings)]
    with tempfile.NamedTemporaryFile() as output:
        process = FORKS.Process(target=run_command, args=(options, output.name))
        process.start()
        try:
            # The server hangs up on who was silent for five seconds, just when one may begin to speak.
            limits = httpx.Limits(keepalive_expiry=2.0)
            with httpx.Client(base_url=url, timeout=60.0, trust_env=False, limits=limits) as client:
                _wait_until_it_answers(client, process, output, start_within_s)
                yield RunningSandbox(url=url, pid=process.pid or 0, client=client)
        finally:
            process.terminate()
            process.join(timeout=5)
            if process.is_alive():
                process.kill()
                process.join()


def _wait_until_it_answers(
    client: httpx.Client, process: ForkServerProcess, output: Any, within_s: float
) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and process.is_alive():
        try:
            client.get("/sandbox/api/clock").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    output.seek(0)
    raise SandboxDidNotStart(output.read().decode(errors="replace"))


def _as_options(settings: dict[str, Any]) -> list[str]:
    options: list[str] = []
    for name, value in settings.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            options.append(f"--{flag}" if value else f"--no-{flag}")
            continue
        for item in value if isinstance(value, (list, tuple)) else [value]:
            options += [f"--{flag}", str(item)]
    return options


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
