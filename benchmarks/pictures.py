"""Draws figures as SVG for the documents: bars beside their names, readable on light and on dark paper."""

import argparse
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

_WIDTH, _ROW, _TOP, _VALUES, _LETTER = 720, 34, 44, 170, 8
_TEXT = 'font-family="system-ui, sans-serif" fill="#6b7280"'


def name_folder(parser: argparse.ArgumentParser) -> None:
    """Let a measurement be told where its pictures go; without a folder it draws none."""
    parser.add_argument("--into", type=Path, help="the folder for the pictures, such as docs/pictures")


def keep_picture(into: Path | None, name: str, picture: str) -> None:
    """Write a picture where a folder was named."""
    if into:
        into.mkdir(parents=True, exist_ok=True)
        (into / f"{name}.svg").write_text(picture)


def draw_milliseconds(title: str, taken: Mapping[str, float]) -> str:
    """Return a picture of what took so many milliseconds each, all of it ours."""
    values = [(name, value, f"{value:,.0f} ms") for name, value in taken.items()]
    return draw_bars(title, values, ours=len(values))


def draw_bars(title: str, values: Sequence[tuple[str, float, str]], *, ours: int = 1) -> str:
    """Return a picture of these: name, value, and the value in words. The first are ours, drawn darker."""
    highest = max((value for _, value, _ in values), default=0.0) or 1.0
    height = _TOP + _ROW * len(values) + 10
    left = max((len(name) for name, *_ in values), default=0) * _LETTER + 20
    room = _WIDTH - left - _VALUES
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<text x="0" y="22" font-size="16" font-weight="600" {_TEXT}>{escape(title)}</text>',
    ]
    for number, (name, value, words) in enumerate(values):
        y = _TOP + _ROW * number
        width = max(round(value / highest * room, 1), 2)
        colour = "#0f766e" if number < ours else "#94a3b8"
        parts += [
            f'<text x="{left - 10}" y="{y + 17}" font-size="14" text-anchor="end" {_TEXT}>',
            f"{escape(name)}</text>",
            f'<rect x="{left}" y="{y}" width="{width}" height="24" rx="3" fill="{colour}"/>',
            f'<text x="{left + width + 8}" y="{y + 17}" font-size="13" {_TEXT}>{escape(words)}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
