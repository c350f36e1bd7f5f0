"""Writes what the firm knows about one person into a zip: a page to read, and the same for programs."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from counterfoil.config.files import appearing_whole
from counterfoil.features.privacy.finding import find_subject
from counterfoil.features.privacy.gathering import Section, gather
from counterfoil.features.reminding.ledger import get_ledger_key
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Workspace
from counterfoil.mirror.scope import in_workspace

_HEAD = mark_safe(
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    "<style>body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "dl{border-top:1px solid #999;display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.2rem 1rem;"
    "padding-top:.6rem}dt{color:#555}dd{margin:0;overflow-wrap:anywhere}</style>"
)
# Of no meaning to a person; the other file has them.
_FOR_PROGRAMS = {"raw", "payload", "wish", "before", "after"}


def hand_over(
    path: Path, *, workspace: Workspace, asked: Sequence[str], now: datetime, who: User | None = None
) -> list[Section]:
    """
    Write the file and return what is in it; nothing is written where the firm knows nothing.

    The audit log says that it was done, and about whom.
    """
    with in_workspace(workspace.pk):
        sections = gather(find_subject(asked, key=get_ledger_key(now=now)))
        if not sections:
            return []
        with appearing_whole(path.absolute()) as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
            archive.writestr("read-me.html", _render(workspace.name, asked, sections, now=now))
            archive.writestr("data.json", _as_json(workspace.name, asked, sections, now=now))
        what = ", ".join(asked)
        record(workspace_id=workspace.pk, act=Act.PERSON_HANDED_OVER, who=who, what=what, now=now)
    return sections


def _as_json(firm: str, asked: Sequence[str], sections: Sequence[Section], *, now: datetime) -> str:
    page = {
        "firm": firm,
        "about": list(asked),
        "made_at": now.isoformat(),
        "data": {section.table: section.rows for section in sections},
    }
    return json.dumps(page, ensure_ascii=False, indent=2)


def _render(firm: str, asked: Sequence[str], sections: Sequence[Section], *, now: datetime) -> str:
    title = format_html("What {} knows about {}", firm, ", ".join(asked))
    parts = format_html_join(
        "",
        "<h2>{} ({})</h2>{}",
        ((section.title, len(section.rows), _render_rows(section)) for section in sections),
    )
    return format_html(
        "{}<title>{}</title><h1>{}</h1><p>As Counterfoil held it on {}. What came from Xero is a copy: the"
        " original is there. data.json holds the same for programs, with every record as Xero sent it.</p>{}",
        _HEAD,
        title,
        title,
        f"{now:%-d %B %Y, %H:%M} UTC",
        parts,
    )


def _render_rows(section: Section) -> SafeString:
    return format_html_join(
        "",
        "<dl>{}</dl>",
        (
            (
                format_html_join(
                    "",
                    "<dt>{}</dt><dd>{}</dd>",
                    (
                        (name.replace("_", " "), value)
                        for name, value in row.items()
                        if value not in (None, "", "{}", "[]") and name not in _FOR_PROGRAMS
                    ),
                ),
            )
            for row in section.rows
        ),
    )
