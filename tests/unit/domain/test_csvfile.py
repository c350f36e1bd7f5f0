"""CSV files as people have them."""

import pytest

from counterfoil.domain.csvfile import NotATable, TableRow, read_table

PLAIN = "Name,Notes\r\nJosé,“fine”\r\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("cp1252"),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-16-le"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace(",", "|").encode(),
        ("sep=;\r\n" + PLAIN.replace(",", ";")).encode(),
        ("\r\n,\r\n" + PLAIN).encode().replace(b"\r\n,\r\n", b"\r\n"),
        PLAIN.replace("\r\n", "\n").encode(),
    ],
)
def test_any_alphabet_and_any_separator_is_read(content: bytes) -> None:
    table = read_table(content)

    assert (table.heads, [row.cells for row in table.rows]) == (["Name", "Notes"], [["José", "“fine”"]])


def test_cells_keep_their_line_breaks_and_rows_know_the_line_they_begin_on() -> None:
    table = read_table(b'Name,Notes\nA,"one\r\ntwo, three"\n\n  ,\nB,"say ""hi"""\nC\nD,1,extra\n')

    assert table.rows == [
        TableRow(2, ["A", "one\ntwo, three"]),
        TableRow(6, ["B", 'say "hi"']),
        TableRow(7, ["C"]),
        TableRow(8, ["D", "1", "extra"]),
    ]


def test_the_apostrophe_that_an_export_puts_before_a_formula_is_taken_off() -> None:
    assert read_table(b"Name\n'=SUM(A1)\n'tis\n").rows == [TableRow(2, ["=SUM(A1)"]), TableRow(3, ["'tis"])]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "nothing in this file"),
        (b"\n\n", "nothing in this file"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"a\x00b", "not a text file"),
        (b'Name\nA\n"B\nC\n', "quotation mark on line 3"),
        (b"Name\n" + b"x" * 200_000, "not a CSV file"),
    ],
)
def test_what_is_no_table_is_refused_with_what_it_is(content: bytes, said: str) -> None:
    with pytest.raises(NotATable, match=said):
        read_table(content)
