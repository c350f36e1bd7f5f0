"""The documentation as a site: it can be written, its menu has every page, nothing comes from elsewhere."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"


def test_the_site_is_written_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(ROOT / "zensical.toml", tmp_path)

    built = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert built.returncode == 0, built.stdout + built.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > len(list(DOCS.rglob("*.md")))  # and the one of what is not there
    loaded = [
        link
        for page in pages
        for link in re.findall(
            r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"?(https?://[^\" >]+)", page.read_text()
        )
    ]
    assert loaded == []


def test_every_page_is_in_the_menu() -> None:
    menu = str(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"])

    assert [page.name for page in DOCS.glob("*.md") if f"'{page.name}'" not in menu] == []


def test_every_decision_is_in_their_list() -> None:
    listed = (DOCS / "decisions" / "index.md").read_text()

    assert [one.name for one in DOCS.glob("decisions/0*.md") if f"({one.name})" not in listed] == []
