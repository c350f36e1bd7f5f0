"""Charts are drawn on the server, exact and without a number of their own (issue 8, item 7)."""

from decimal import Decimal

from counterfoil.web.charts import Series, draw_columns


def draw(*series: Series) -> list[tuple[str, str, int, str]]:
    chart = draw_columns("earned", "Earned", text="It rose.", columns=["Oct", "Nov"], series=series)
    return [(bar.y, bar.height, bar.kind, bar.title) for bar in chart.bars]


def test_bars_stand_on_zero_and_hang_below_it_on_one_scale() -> None:
    found = draw(Series("Net profit", [Decimal(300), Decimal(-100)], ["300.00", "−100.00"]))

    assert found == [
        ("0.0", "105.0", 0, "Oct, Net profit: 300.00"),
        ("105.0", "35.0", 0, "Nov, Net profit: −100.00"),
    ]


def test_nothing_has_no_bar_and_a_little_is_still_seen() -> None:
    found = draw(
        Series("Income", [Decimal(0), Decimal(10_000)], ["0", "10,000.00"]),
        Series("Expenses", [Decimal(1), Decimal(0)], ["1.00", "0"]),
    )

    assert [(height, kind) for _, height, kind, _ in found] == [("140.0", 0), ("2.0", 1)]


def test_a_chart_of_nothing_is_drawn_without_bars() -> None:
    assert draw(Series("Income", [Decimal(0), Decimal(0)], ["0", "0"])) == []
