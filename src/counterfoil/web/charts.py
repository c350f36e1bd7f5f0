"""Draws charts as SVG on the server: numbers in, the places of the bars out."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT = 720, 140
_GAP = 4
_LEAST = Decimal(2)


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


@dataclass(frozen=True)
class Series:
    """
    One kind of bar, beside or upon the others; `says` is each value in words, as the table has it.

    The first three can be told apart without colour: filled, hatched and dotted.
    """

    name: str
    values: Sequence[Decimal]
    says: Sequence[str]


@dataclass(frozen=True)
class ColumnBar:
    """One bar of a series; `kind` is the number of its series, from 0."""

    x: str
    y: str
    width: str
    height: str
    kind: int
    title: str


@dataclass(frozen=True)
class ColumnChart:
    """
    Bars in columns, below zero where a value is. `key` tells it from the other charts of a page.

    `columns` are the names under the bars; the table beside it has every number.
    """

    key: str
    title: str
    text: str
    columns: Sequence[str]
    names: Sequence[str]
    bars: Sequence[ColumnBar]
    zero: str
    width: int = WIDTH
    height: int = HEIGHT


def draw_columns(
    key: str, title: str, *, text: str, columns: Sequence[str], series: Sequence[Series]
) -> ColumnChart:
    """
    Return a chart with the bars of all series side by side in each column, on one scale.

    `text` says in a sentence what is to be seen, for those who cannot see it.
    """
    values = [value for one in series for value in one.values]
    highest, lowest = max([Decimal(0), *values]), min([Decimal(0), *values])
    unit = HEIGHT / ((highest - lowest) or Decimal(1))
    zero = highest * unit
    place = Decimal(WIDTH) / max(len(columns), 1)
    width = (place - 2 * _GAP) / max(len(series), 1)
    bars = []
    for kind, one in enumerate(series):
        for number, (value, says) in enumerate(zip(one.values, one.says, strict=True)):
            if not value:
                continue
            height = max(abs(value) * unit, _LEAST)
            bars.append(
                ColumnBar(
                    x=_place(number * place + _GAP + kind * width),
                    y=_place(zero - height if value > 0 else zero),
                    width=_place(max(width - 1, Decimal(1))),
                    height=_place(height),
                    kind=min(kind, 2),
                    title=f"{columns[number]}, {one.name}: {says}",
                )
            )
    return ColumnChart(key, title, text, columns, [one.name for one in series], bars, _place(zero))


def _place(value: Decimal) -> str:
    """Return a coordinate as SVG wants it, whatever a person's language writes for the point."""
    return f"{value:.1f}"
