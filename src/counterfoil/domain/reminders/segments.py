"""Counts what a text message costs: how it is encoded, and into how many parts it is cut."""

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from counterfoil.domain.money import Money

# The default alphabet of GSM, and its extension, whose letters take two places each.
# Source: 3GPP TS 23.038, 6.2.1.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")

# A message alone, and each part of a longer one, whose first places join the parts.
# Source: 3GPP TS 23.040, 9.2.3.24.1.
_ROOM = {"GSM-7": (160, 153), "UCS-2": (70, 67)}

# Signs that word processors put in, and what a phone's keyboard has for them.
_PLAIN = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'",
    "“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "…": "...", "•": "-", "\t": " ",
    "\u200b": "", "\u200e": "", "\u200f": "", "\ufeff": "", "\u2028": "\n", "\u2029": "\n",
})  # fmt: skip


class Encoding(StrEnum):
    """How the letters travel: seven bits each where all are in the alphabet of GSM, else sixteen."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class Segments:
    """
    How a text is cut. `room` is what is left in its last part, in places of its encoding.

    `costly` are the letters for which the whole text takes sixteen bits a letter, each once.
    """

    encoding: Encoding
    places: int
    count: int
    room: int
    costly: tuple[str, ...]


def count_segments(text: str) -> Segments:
    """Return how the text is cut; an empty one takes nothing. Two places of one letter are never parted."""
    letters = set(text)
    if letters <= _BASIC and len(text) <= _ROOM["GSM-7"][0]:  # nearly all are so, and there are many
        return Segments(Encoding.GSM_7, len(text), 1 if text else 0, _ROOM["GSM-7"][0] - len(text), ())
    costly = tuple(dict.fromkeys(letter for letter in text if not _is_gsm(letter)))
    encoding = Encoding.UCS_2 if costly else Encoding.GSM_7
    alone, joined = _ROOM[encoding]
    widths = [_width(letter, encoding) for letter in text]
    places = sum(widths)
    if places <= alone:
        return Segments(encoding, places, 1 if places else 0, alone - places, costly)
    count, used = 1, 0
    for width in widths:
        if used + width > joined:
            count, used = count + 1, 0
        used += width
    return Segments(encoding, places, count, joined - used, costly)


def cost_of(segments: Segments, price: Money) -> Money:
    """Return what the parts cost at a price for each, exact."""
    return Money(price.amount * Decimal(segments.count), price.currency)


def write_plainly(text: str) -> str:
    """
    Return the text with typographers' signs as plain ones, so that none of them doubles its cost.

    Letters of a language stay as they are: a name is never changed.
    """
    if text.isascii():
        return text.translate(_PLAIN)
    spaced = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in text)
    return spaced.translate(_PLAIN)


def _is_gsm(letter: str) -> bool:
    return letter in _BASIC or letter in _EXTENDED


def _width(letter: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM_7:
        return 2 if letter in _EXTENDED else 1
    return 2 if ord(letter) > 0xFFFF else 1  # beyond the first plane a letter is a pair of halves
