"""The release: a wheel that runs from an environment with nothing but it and what it locks."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.journeys.conftest import build_environment, find_free_port, temporary_home, wait_until_ready

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.slow


def run(*command: object) -> str:
    """Run a command outside the source tree, and return what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd="/", env={**os.environ, "PYTHONPATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def see_the_demo(program: Path, home: Path) -> None:
    """Start the demo of an installed Counterfoil, and look at the page that signs in."""
    port, xero = find_free_port(), find_free_port()
    environment = build_environment(home) | {"PYTHONPATH": ""}
    log = home / "demo.log"
    options = ["--port", str(port), "--sandbox-port", str(xero), "--invoices", "50"]
    with log.open("ab") as output:
        demo = subprocess.Popen(
            [program, "demo", *options], cwd="/", env=environment, stdout=output, stderr=output
        )
        try:
            wait_until_ready(f"http://localhost:{port}", log)
            page = httpx.get(f"http://localhost:{port}/accounts/login/", trust_env=False)
            assert page.status_code == 200
        finally:
            demo.terminate()
            demo.wait(timeout=60)


def test_the_wheel_runs_from_an_empty_environment(tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, ROOT)
    [wheel] = tmp_path.glob("counterfoil-*.whl")
    run(sys.executable, "-m", "venv", tmp_path / "empty")
    python = tmp_path / "empty" / "bin" / "python"
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    run(*pip, "--require-hashes", "-r", ROOT / "locks" / "runtime.txt")
    run(*pip, "--no-deps", wheel)

    program = tmp_path / "empty" / "bin" / "counterfoil"
    found = run(python, "-c", "import counterfoil, xero_sandbox; print(counterfoil.__file__)")
    assert str(tmp_path / "empty") in found
    with temporary_home() as home:
        see_the_demo(program, home)
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith(".py")}
    ours = {
        str(file.relative_to(ROOT / "src"))
        for file in (ROOT / "src").rglob("*")
        if file.is_file() and file.suffix in {".html", ".css", ".js", ".svg", ".md", ".txt", ".json"}
    }
    assert ours - packed == set()
