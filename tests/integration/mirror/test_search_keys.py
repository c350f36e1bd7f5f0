"""The database computes the same keys as we do."""

import pytest
from django.db import connection

from counterfoil.domain.searching import find_tail, fold, make_key, write_grams

TEXTS = [
    "",
    "Acme Trading Ltd",
    "O'Brien & Søns – “Café” Œuvre",
    "José Ñandú, Łódź Straße Đà Nẵng",
    "ΑΘΗΝΑΣ Жуковский İstanbul",
    "שָׁלוֹם בע״מ",
    "مُحَمَّد وشركاه",
    "日本電気株式会社",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🧾",
    "INV-001042/B",
    "2024—0017",
    "tab\there\nline",
    "%_\\ {x} [y]",
    "x" * 500,
]


@pytest.mark.django_db
@pytest.mark.parametrize("text", TEXTS)
def test_the_database_and_we_make_the_same_keys(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select counterfoil_fold(%s), counterfoil_key(%s), counterfoil_tail(%s),"
            " counterfoil_grams(%s)::text",
            [text] * 4,
        )
        found = cursor.fetchone()

    assert found == (fold(text), make_key(text), find_tail(text), write_grams(fold(text)))
