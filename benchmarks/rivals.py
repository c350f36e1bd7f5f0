"""
Beside other readers of Xero, on the same stand-in in one run: Xero's SDK, pyxero and tap-xero.

    python -m benchmarks.rivals [--sizes 1000,10000] [--into FOLDER]

Each reads the same organisation whole and then fifty changes, in a process of its own. The others read eight
paged lists and keep nothing; Counterfoil reads all its streams and keeps everything, its tables, its log of
changes and its runs included. They are installed into environments of their own, once for a folder.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.factories.installation import Installation, find_free_port, temporary_home
from tests.factories.sandbox import (
    CUSTOM_CLIENT_ID,
    CUSTOM_CLIENT_SECRET,
    RunningSandbox,
    running_sandbox,
)

from benchmarks.pictures import draw_bars, keep_picture, name_folder

RIVALS: Mapping[str, tuple[str, ...]] = {
    "sdk": ("xero-python==15.2.0",),
    "pyxero": ("pyxero==0.9.5",),
    "tap": ("tap-xero==2.6.0", "six"),  # it imports six and does not ask for it
}
_CHANGES = 50
_SCRIPT = Path(__file__).with_name("rival_readers.py")


@dataclass(frozen=True)
class Taken:
    """What one reading took."""

    reader: str
    invoices: int
    what: str
    calls: int
    megabytes: float
    records: int
    seconds: float
    computing: float
    memory: int


def main() -> int:
    """Measure, print a table, and draw a picture of it where a folder is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000")
    name_folder(parser)
    parser.add_argument("--environments", type=Path, help="where the others are or will be installed")
    given = parser.parse_args()
    rows: list[Taken] = []
    with ExitStack() as stack:
        folder = given.environments or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pythons = {name: _install(folder / name, RIVALS[name]) for name in RIVALS}
        for size in map(int, given.sizes.split(",")):
            rows += measure(size, pythons)
    sys.stdout.writelines(render(rows))
    largest = max(row.invoices for row in rows)
    for what, name in (("full", "a full copy"), ("changes", f"{_CHANGES} changes")):
        chosen = [row for row in rows if row.invoices == largest and row.what == what]
        values = [(row.reader, row.seconds, f"{row.seconds:.1f} s, {row.calls} calls") for row in chosen]
        picture = draw_bars(f"Seconds for {name} of {largest:,} invoices", values)
        keep_picture(given.into, f"rivals-{what}", picture)
    return 0


def measure(invoices: int, pythons: Mapping[str, Path | None]) -> Iterator[Taken]:
    """Yield what each reader took, whole and for changes."""
    stand_in = running_sandbox(
        watched=False,
        invoices=invoices,
        contacts=invoices // 5,
        payments=invoices * 77 // 100,
        minute_calls=10_000,
        day_calls=1_000_000,
        tier="advanced",
    )
    with temporary_home("counterfoil-bench-") as home, stand_in as sandbox:
        settings = {
            "XERO_CLIENT_ID": CUSTOM_CLIENT_ID,
            "XERO_CLIENT_SECRET": CUSTOM_CLIENT_SECRET,
            **{f"XERO_{name}_URL": sandbox.url for name in ("LOGIN", "IDENTITY", "API", "WEB")},
        }
        made = Installation(home, find_free_port(), settings)
        tenant = sandbox.tenant_id()
        with made.database.running():
            for verb in (("migrate",), ("connect", "--custom")):
                _ask([sys.executable, "-m", "counterfoil", *verb], made.environment)
            ours = [sys.executable, "-m", "counterfoil", "sync", "--json"]
            readers = {
                RIVALS[name][0].partition("==")[0]: [
                    str(python),
                    str(_SCRIPT),
                    name,
                    sandbox.url,
                    "TOKEN",
                    tenant,
                ]
                for name, python in pythons.items()
                if python is not None
            }
            yield _take(sandbox, "Counterfoil", invoices, "full", [*ours, "--full"], made.environment)
            _ask(ours, made.environment)
            for name, command in readers.items():
                yield _take(sandbox, name, invoices, "full", _with_token(sandbox, command), dict(os.environ))
            since = datetime.now(UTC) - timedelta(seconds=1)
            sandbox.change_at_random(tenant, _CHANGES, seed=5)
            yield _take(sandbox, "Counterfoil", invoices, "changes", ours, made.environment)
            for name, command in readers.items():
                asked = [*_with_token(sandbox, command), since.strftime("%Y-%m-%dT%H:%M:%S+00:00")]
                yield _take(sandbox, name, invoices, "changes", asked, dict(os.environ))


def _with_token(sandbox: RunningSandbox, command: Sequence[str]) -> list[str]:
    form = {"grant_type": "client_credentials"}
    auth = (CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET)
    token = sandbox.client.post("/connect/token", data=form, auth=auth).json()["access_token"]
    return [token if word == "TOKEN" else word for word in command]


def _take(
    sandbox: RunningSandbox,
    reader: str,
    invoices: int,
    what: str,
    command: Sequence[str],
    environment: Mapping[str, str],
) -> Taken:
    sandbox.reset_stats()
    said, computing, memory = _ask(command, environment)
    stats = sandbox.stats()
    records = said.get("records")
    if records is None:
        records = sum(int(stream["rows_read"]) for stream in said["streams"].values())
    return Taken(
        reader,
        invoices,
        what,
        stats["api_answers"],
        stats["bytes_sent"] / 1e6,
        records,
        said["seconds"],
        computing,
        said.get("memory") or memory,
    )


def _ask(command: Sequence[str], environment: Mapping[str, str]) -> tuple[dict[str, Any], float, int]:
    """Run a command; return the JSON it printed, the seconds it computed, and its peak memory in MB."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:4])} ended with {process.returncode}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    said = json.loads(printed) if printed.startswith(b"{") else {}
    return said, usage.ru_utime + usage.ru_stime, round(usage.ru_maxrss / unit)


def _install(folder: Path, packages: Sequence[str]) -> Path | None:
    """Return the Python that has the packages; None, said aloud, where they cannot be installed."""
    python = folder / "bin" / "python"
    installed = folder / "installed"
    if installed.exists():
        return python
    venv.create(folder, with_pip=True)
    asked = [
        str(python),
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        *packages,
    ]
    if subprocess.run(asked, check=False).returncode:
        sys.stderr.write(f"{packages[0]} could not be installed here, and is left out\n")
        return None
    installed.touch()
    return python


def render(rows: Sequence[Taken]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| invoices | | | calls | MB | records | seconds | computing, s | memory, MB |\n"
    yield "|---|---|---|---|---|---|---|---|---|\n"
    for row in rows:
        figures = (f"{row.megabytes:.1f}", f"{row.records:,}", f"{row.seconds:.1f}", f"{row.computing:.1f}")
        words = (f"{row.invoices:,}", row.what, row.reader, row.calls, *figures, row.memory)
        yield f"| {' | '.join(map(str, words))} |\n"


if __name__ == "__main__":
    sys.exit(main())
