"""A document as a one-page PDF: enough for a client that saves or shows it."""

from xero_sandbox.books.rows import Record

PRINTABLE = frozenset({"Invoices", "CreditNotes"})


def render_pdf(document: Record) -> bytes:
    """Return a page that names the document, its contact and its total."""
    number = document.get("InvoiceNumber") or document.get("CreditNoteNumber") or "Draft"
    words = [
        str(number),
        document["Contact"]["Name"],
        f"{document['Total']:.2f} {document['CurrencyCode']}",
    ]
    shown = "".join(f"({_escape(word)}) Tj 0 -24 Td " for word in words)
    content = f"BT /F1 18 Tf 72 760 Td {shown}ET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body = b"%PDF-1.4\n"
    places: list[int] = []
    for number_of, item in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number_of, item)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        % (
            size,
            table,
            size,
        )
        + b"startxref\n%d\n%%%%EOF\n" % len(body)
    )


def _escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
