"""The map and the pages name files that are there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src" / "counterfoil"
FILE = re.compile(r"`([\w./-]+(?:\.(?:py|html|md|sh|toml|env|service|json|yaml)|/))`")
MADE_BY_PEOPLE = {"deploy/docker/secrets/xero_client_secret"}
OF_THE_SOURCES = re.compile(r"`((?:src|tests|docs|deploy|benchmarks|tools|changelog\.d|locks)/[\w./-]*)`")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "src/xero_sandbox/README.md"])


def list_missing_of_the_map(line: str) -> Iterator[str]:
    """Yield what is not there: a name without a folder lies in the one named before it."""
    folder = SOURCE
    for name in FILE.findall(line):
        found = next((place / name for place in (SOURCE, ROOT, folder) if (place / name).exists()), None)
        if found is None:
            yield name
        else:
            folder = found if found.is_dir() else found.parent


def test_every_row_of_the_map_names_files_that_are_there() -> None:
    table = (ROOT / "ARCHITECTURE.md").read_text().partition("## Where things live")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "`migrations/`" not in line]

    assert len(rows) > 50
    assert [missing for row in rows for missing in list_missing_of_the_map(row)] == []


def test_a_file_that_is_gone_is_missed() -> None:
    row = "| a row | `sync/outbox/`: `sending.py`, `nowhere.py`; `domain/gone.py` |"

    assert list(list_missing_of_the_map(row)) == ["nowhere.py", "domain/gone.py"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_page_names_files_that_are_there(page: Path) -> None:
    named = set(OF_THE_SOURCES.findall(page.read_text())) - MADE_BY_PEOPLE

    assert [name for name in named if not (ROOT / name).exists()] == []
