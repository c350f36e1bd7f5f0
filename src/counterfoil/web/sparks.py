"""Draws a row's trend as a small line; the numbers that it shows stand in the months' own table."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT = 88, 22


@dataclass(frozen=True)
class Spark:
    """A line from the first value to the last, and where nothing is."""

    path: str
    zero: str
    width: int = WIDTH
    height: int = HEIGHT


def draw_spark(values: Sequence[Decimal | int]) -> Spark | None:
    """Return the line of at least two values, on a scale that holds zero; None where all are zero."""
    highest, lowest = max([*values, 0]), min([*values, 0])
    if highest == lowest or len(values) < 2:
        return None
    step = Decimal(WIDTH) / (len(values) - 1)
    unit = Decimal(HEIGHT - 2) / (highest - lowest)
    places = [
        f"{number * step:.1f} {1 + (highest - value) * unit:.1f}" for number, value in enumerate(values)
    ]
    return Spark(f"M{'L'.join(places)}", f"{1 + highest * unit:.1f}")
