"""The table of what can be written, in the documentation, is the table in the code."""

from pathlib import Path

from counterfoil.sync.outbox.kinds import KINDS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "writing-to-xero.md"


def render_table() -> str:
    lines = ["| what | in Xero | permission | at once | found again |", "|---|---|---|--:|---|"]
    for kind in KINDS:
        lines.append(
            f"| {kind.title} | `{kind.method} {kind.path}` | {kind.write.label} | {kind.together} |"
            f" {kind.search.value} |"
        )
    return "\n".join(lines)


def test_the_documented_table_is_the_one_in_the_code() -> None:
    page = PAGE.read_text()
    shown = page.partition("<!-- kinds -->\n")[2].partition("\n<!-- /kinds -->")[0]

    assert shown.strip() == render_table()
