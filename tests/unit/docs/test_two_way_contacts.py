"""The table of owners in the documentation is the table in the code (K16)."""

from pathlib import Path

from counterfoil.domain.ownership import OWNERSHIP

PAGE = Path(__file__).resolve().parents[3] / "docs" / "two-way-contacts.md"


def render_table() -> str:
    lines = ["| what | whose word counts | so |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {one.what} | {one.owner.value} | {one.so} |" for one in OWNERSHIP)])


def test_the_documented_owners_are_those_in_the_code() -> None:
    shown = PAGE.read_text().partition("<!-- ownership -->\n")[2].partition("<!-- /ownership -->")[0]

    assert shown.strip() == render_table()
