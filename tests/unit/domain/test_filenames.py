"""Names of files from elsewhere lead nowhere and pretend nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.filenames import clean_file_name


@pytest.mark.parametrize(
    ("given_name", "cleaned"),
    [
        ("Receipt 4 Nov.pdf", "Receipt 4 Nov.pdf"),
        ("Kōwhai – reçu.pdf", "Kōwhai – reçu.pdf"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("C:\\Windows\\system.ini", "C--Windows-system.ini"),
        ("invoice\r\nSet-Cookie: a=b.pdf", "invoiceSet-Cookie- a=b.pdf"),
        ("harmless\u202efdp.exe", "harmlessfdp.exe"),
        ('a"b<c>|d?.png', "a-b-c--d-.png"),
        (".htaccess", "htaccess"),
        ("NUL.txt", "file NUL.txt"),
        ("con", "file con"),
        ("\u200b\u200e", "file"),
        ("", "file"),
        ("x" * 400 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_a_name_is_made_safe_and_stays_readable(given_name: str, cleaned: str) -> None:
    assert clean_file_name(given_name) == cleaned


@given(st.text(max_size=400))
def test_no_name_whatever_leads_out_of_its_folder(name: str) -> None:
    cleaned = clean_file_name(name)

    assert 0 < len(cleaned) <= 155
    assert not set(cleaned) & set('<>:"/\\|?*\r\n\0')
    assert cleaned.isprintable()
    assert not cleaned.startswith(".")
