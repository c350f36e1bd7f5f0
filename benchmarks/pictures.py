"""Draws figures as SVG for the documents: bars beside their names, readable on light and on dark paper."""

from collections.abc import Sequence
from html import escape

_WIDTH, _ROW, _TOP, _NAMES, _VALUES = 720, 34, 44, 150, 170
_TEXT = 'font-family="system-ui, sans-serif" fill="#6b7280"'


def draw_bars(title: str, values: Sequence[tuple[str, float, str]]) -> str:
    """Return a picture of these: name, value, and the value in words. The first is ours, and drawn darker."""
    highest = max((value for _, value, _ in values), default=0.0) or 1.0
    height = _TOP + _ROW * len(values) + 10
    room = _WIDTH - _NAMES - _VALUES
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<text x="0" y="22" font-size="16" font-weight="600" {_TEXT}>{escape(title)}</text>',
    ]
    for number, (name, value, words) in enumerate(values):
        y = _TOP + _ROW * number
        width = max(round(value / highest * room, 1), 2)
        colour = "#0f766e" if number == 0 else "#94a3b8"
        parts += [
            f'<text x="{_NAMES - 10}" y="{y + 17}" font-size="14" text-anchor="end" {_TEXT}>',
            f"{escape(name)}</text>",
            f'<rect x="{_NAMES}" y="{y}" width="{width}" height="24" rx="3" fill="{colour}"/>',
            f'<text x="{_NAMES + width + 8}" y="{y + 17}" font-size="13" {_TEXT}>{escape(words)}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
