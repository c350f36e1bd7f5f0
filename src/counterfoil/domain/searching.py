"""
How words, numbers and amounts are made comparable for a search.

The same keys stand beside each record, where the database computes them by functions of its own
(`counterfoil_fold` and its neighbours, `mirror/migrations/0016`); a test holds the two together.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from rapidfuzz.distance import OSA

# What is written over and under letters: Latin, Greek and Cyrillic accents, Hebrew points, Arabic signs.
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640]")
# Letters that do not fall apart into a plain one and a mark, though people leave the mark out.
_PLAIN = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th", "ς": "σ",
    "'": "", "’": "", "‘": "", "`": "",
}  # fmt: skip
_TABLE = str.maketrans(_PLAIN)
_SIGNS = ' \t\r\n-_/\\.,:;#&+*|"()[]{}=@!?%“”„–—‐‑'
_WITHOUT_SIGNS = str.maketrans(dict.fromkeys(_SIGNS, ""))

LONGEST_KEY = 200
GRAM_BITS = 512
# Beyond this nobody mistypes a name; it keeps the cost of a name small.
_LONGEST_NAME = 120

_SHORT = 4
# A word may differ by one letter in four at most: less is another word far more often than a slip.
_ALIKE_FROM = 0.74


def fold(text: str) -> str:
    """Return the text without case, accents, points and apostrophes."""
    if text.isascii():  # most texts, and there is far less to look for in them
        return text.lower().replace("'", "").replace("`", "")
    lower = unicodedata.normalize("NFKD", text).lower()
    return _MARKS.sub("", lower).translate(_TABLE)


def make_key(text: str) -> str:
    """Return letters and digits alone, by which numbers and references are found however they are typed."""
    return fold(text).translate(_WITHOUT_SIGNS)[:LONGEST_KEY]


def find_tail(text: str) -> str:
    """Return the last digits without leading zeros: 1042 of INV-001042, or nothing where there are none."""
    found = re.findall("[0-9]+", text[:LONGEST_KEY])
    return found[-1].lstrip("0") if found else ""


def list_grams(text: str) -> set[int]:
    """Return the places that the letters of a folded text take, three by three, in its row of bits."""
    padded = f" {text[:_LONGEST_NAME]} "
    return {_place(padded[start : start + 3]) for start in range(len(padded) - 2)}


def write_grams(text: str) -> str:
    """Return the row of bits as PostgreSQL writes it."""
    return _write_bits(list_grams(text))


@dataclass(frozen=True)
class Slips:
    """
    The words that a short word may have been meant to be.

    `pattern` finds them among the words of a folded name; a name without any of the `grams` has none of them.
    """

    pattern: str
    grams: str


def find_slips(words: Sequence[str]) -> Slips | None:
    """
    Return the words of four letters of which the middle was mistyped: another letter, or two turned round.

    Such a word has one of its threes of letters left, or none, which is too few to be told by. What longer
    words and slips at an end leave over is enough.
    """
    if len(words) != 1 or len(words[0]) != _SHORT or not words[0].isalpha():
        return None
    one, two, three, four = list(words[0])
    turned = one + three + two + four
    meant = rf"{one}\S{three}{four}|{one}{two}\S{four}|{turned}"
    edges = {_place(edge) for word in (words[0], turned) for edge in (f" {word[:2]}", f"{word[2:]} ")}
    return Slips(rf"(^|\s)({meant})(\s|$)", _write_bits(edges))


def measure_likeness(words: Sequence[str], name: str) -> float:
    """
    Return how like the words are to a name's, all folded: 1 when each begins one, 0 when one is alien.

    Words of three letters and numbers have to begin one: everything is like a short word.
    """
    if not words:
        return 0.0
    known = name.split()
    return _mean([_find_likest(word, known) for word in words])


def read_amount(text: str) -> Decimal | None:
    """
    Return the amount that somebody typed, whichever sign parts its cents: 1,250.00, 1.250,00, £1250.

    Of a single sign with three digits behind it nobody can tell; it is taken to part thousands.
    """
    bare = re.sub(r"[^\d.,-]", "", text.replace("\u2212", "-"))
    if not re.fullmatch(r"-?\d[\d.,]*", bare) or re.search(r"[^\W\d]{4,}", text):
        return None
    comma, point = bare.rfind(","), bare.rfind(".")
    last = max(comma, point)
    sign = bare[last] if last >= 0 else ""
    behind = len(bare) - last - 1
    parts_cents = sign and bare.count(sign) == 1 and (behind != 3 or (comma >= 0 and point >= 0))
    if parts_cents:
        bare = re.sub("[.,]", "", bare[:last]) + "." + bare[last + 1 :]
    else:
        bare = re.sub("[.,]", "", bare)
    try:
        amount = Decimal(bare)
    except InvalidOperation:
        return None
    return amount if abs(amount) < 10**14 else None


def _place(gram: str) -> int:
    one, two, three = map(ord, gram)
    return (one * 961 + two * 31 + three) % GRAM_BITS


def _write_bits(places: Collection[int]) -> str:
    return "".join("1" if place in places else "0" for place in range(GRAM_BITS))


def _find_likest(word: str, known: Sequence[str]) -> float:
    likest = 0.0
    for each in known:
        if each.startswith(word):
            return 1.0
        if len(word) > 3 and word.isalpha():
            # Somebody is still typing: the word may be the beginning of a longer one.
            begun = OSA.normalized_similarity(word, each[: len(word)], score_cutoff=_ALIKE_FROM)
            whole = OSA.normalized_similarity(word, each, score_cutoff=_ALIKE_FROM)
            likest = max(likest, begun, whole)
    return likest


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if all(values) else 0.0
