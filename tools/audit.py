"""
Ask whether the locked libraries have known weaknesses, and fail only for one that was found.

Where nobody can be asked, as without the internet, one line says so.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# It holds what the product needs, too.
LOCK = ROOT / "locks" / "dev.txt"
_WITHIN_S = 120


def ask() -> tuple[str, str]:
    """Return pip-audit's report, which is empty where nobody could be asked, and what it said beside."""
    options = ["--disable-pip", "--require-hashes", "--vulnerability-service=osv", "--format=json"]
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        *options,
        "--progress-spinner=off",
        "--requirement",
        str(LOCK),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_WITHIN_S)
    except subprocess.TimeoutExpired:
        return "", f"no answer within {_WITHIN_S} s"
    return done.stdout, done.stderr


def judge(report: str, said: str) -> int:
    """Print what was found, or why nothing was looked for; return the exit code."""
    if not report.strip():
        lines = said.strip().splitlines() or ["pip-audit said nothing."]
        _say(f"Nothing was audited: nobody could be asked for known weaknesses. {lines[-1][:120]}")
        return 0
    libraries = json.loads(report)["dependencies"]
    weak = [line for library in libraries for line in _describe(library)]
    unknown = sum("skip_reason" in library for library in libraries)
    if unknown:
        _say(
            f"{unknown} of {len(libraries)} libraries could not be judged: nothing is known about them there."
        )
    _say("\n".join(weak) or f"{len(libraries) - unknown} libraries have no known weakness.")
    return 1 if weak else 0


def _describe(library: dict[str, Any]) -> list[str]:
    return [
        f"{library['name']} {library['version']}: {weakness['id']},"
        f" mended in {', '.join(weakness['fix_versions']) or 'no version yet'}"
        for weakness in library.get("vulns", ())
    ]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(judge(*ask()))
