"""The table of roles in the documentation is the table in the code."""

from pathlib import Path

from counterfoil.features.workspaces.permissions import DESCRIPTIONS, PERMISSIONS, Permission, Role

PAGE = Path(__file__).resolve().parents[3] / "docs" / "people-and-roles.md"


def render_table() -> str:
    heads = " | ".join(str(role.label) for role in Role)
    lines = [f"| | {heads} |", "|---|" + ":-:|" * len(Role)]
    for permission in Permission:
        marks = " | ".join("yes" if role in PERMISSIONS[permission] else "–" for role in Role)
        lines.append(f"| {DESCRIPTIONS[permission]} | {marks} |")
    return "\n".join(lines)


def test_the_documented_table_is_the_one_in_the_code() -> None:
    page = PAGE.read_text()
    shown = page.partition("<!-- permissions -->\n")[2].partition("\n<!-- /permissions -->")[0]

    assert shown.strip() == render_table()
