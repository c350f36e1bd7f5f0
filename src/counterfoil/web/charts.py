"""Draws charts as SVG on the server: numbers in, the places of the bars out."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 140
_GAP = 4


@dataclass(frozen=True)
class Bar:
    """One bar, in the chart's own units, from the top left; what it says stands in its title."""

    x: float
    y: float
    width: float
    height: float
    label: str
    title: str


def draw_bars(values: Sequence[tuple[str, str, int]]) -> list[Bar]:
    """Return a bar for each (label, title, value); the highest fills the chart, the least shows a line."""
    highest = max((value for *_, value in values), default=0) or 1
    place = WIDTH / max(len(values), 1)
    bars = []
    for number, (label, title, value) in enumerate(values):
        height = max(value / highest * HEIGHT, 2) if value else 0
        x, y = round(number * place + _GAP / 2, 1), round(HEIGHT - height, 1)
        bars.append(Bar(x, y, round(place - _GAP, 1), round(height, 1), label, title))
    return bars
