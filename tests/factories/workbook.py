"""Reads an Excel file as its format says, without a library that the product would not need."""

import xml.etree.ElementTree as ET
import zipfile
from decimal import Decimal
from io import BytesIO

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_workbook(content: bytes) -> list[dict[str, object]]:
    """Return the rows of the first sheet by the titles of their columns: text as text, numbers as numbers."""
    with zipfile.ZipFile(BytesIO(content)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    lines = []
    for row in sheet.iter(f"{_SHEET}row"):
        cells: dict[str, object] = {}
        for cell in row.iter(f"{_SHEET}c"):
            text, value = cell.findtext(f"{_SHEET}is/{_SHEET}t"), cell.findtext(f"{_SHEET}v")
            cells[(cell.get("r") or "").rstrip("0123456789")] = (
                text if text is not None else Decimal(value or "0")
            )
        lines.append(cells)
    titles = lines[0]
    return [{str(titles[place]): value for place, value in line.items()} for line in lines[1:]]
