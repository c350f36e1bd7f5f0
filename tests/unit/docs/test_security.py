"""The threat model names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_every_measure_names_a_test_that_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / "security.md").read_text())

    assert len(named) > 40
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file() or (name and f"def {name}(" not in (ROOT / file).read_text())
    ]
    assert missing == []


def test_every_threat_has_a_measure_and_a_test() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    threats = re.split(r"^### ", text.split("## Threats")[1].split("## What is not")[0], flags=re.MULTILINE)[
        1:
    ]

    without = [threat.splitlines()[0] for threat in threats if "`tests/" not in threat]
    assert without == []
