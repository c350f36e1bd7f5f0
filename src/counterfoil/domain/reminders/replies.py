"""
What somebody means who answers a reminder.

A wish to be left alone counts in any reasonable wording and language, and acts at once (47 CFR
64.1200(a)(12)); where it is only likely, a person looks at it too. Everything else is a proposal.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from counterfoil.domain.reminders import reply_words as words
from counterfoil.domain.searching import fold


class Meaning(StrEnum):
    """What a reply says."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    DISPUTE = "dispute"
    PROMISE = "promise"
    PAID = "paid"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What a reply seems to say. `is_certain` is for the words that mean nothing else, standing alone.

    `promised_on` is the day on which somebody says they will pay, where they name one.
    """

    meaning: Meaning
    is_certain: bool = False
    promised_on: date | None = None


def _squeeze(text: str) -> str:
    """Return letters and digits of any script with single spaces: no case, accents, signs or emoji."""
    wide = unicodedata.normalize("NFKC", text)
    kept = [letter if unicodedata.category(letter)[0] in "LNM" else " " for letter in fold(wide)]
    return " ".join("".join(kept).split())


def _fold_all(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(_squeeze(text) for text in texts)


def _find_any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(patterns)})\b")


_STOP_ALONE = _fold_all(words.STOP_ALONE)
_STOP_WORDS = _fold_all(words.STOP_WORDS)
_STOP_PHRASES = tuple(map(re.compile, words.STOP_PHRASES))
_START_ALONE = _fold_all(words.START_ALONE)
_HELP_ALONE = _fold_all(words.HELP_ALONE)
_DISPUTE = _find_any(words.DISPUTE)
_PROMISE = _find_any(words.PROMISE)
_PAID = _find_any(words.PAID)
_PAID_SIGNS = re.compile("|".join(words.PAID_SIGNS))
_NOT_YET = _find_any(words.NOT_YET)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_reply(text: str, *, today: date) -> Reading:
    """Return what the reply says; a day that it names is looked for from `today`, where it was written."""
    plain = _squeeze(text.replace("'", "").replace("’", ""))
    alone = _join_spelled(plain)
    if _says_stop_alone(text, plain, alone):
        return Reading(Meaning.STOP, is_certain=True)
    if plain in _START_ALONE:
        return Reading(Meaning.START, is_certain=True)
    if plain in _HELP_ALONE:
        return Reading(Meaning.HELP, is_certain=True)
    if _seems_stop(plain, alone):
        return Reading(Meaning.STOP)
    if _DISPUTE.search(plain):
        return Reading(Meaning.DISPUTE)
    if _PROMISE.search(plain):
        return Reading(Meaning.PROMISE, promised_on=_find_day(plain, today))
    if (_PAID.search(plain) or _PAID_SIGNS.search(plain)) and not _NOT_YET.search(plain):
        return Reading(Meaning.PAID)
    return Reading(Meaning.OTHER)


def _says_stop_alone(text: str, plain: str, alone: str) -> bool:
    # Longer letters, as in "stoooop", are one: no word of the list has three of a letter in a row.
    shortened = re.sub(r"(\w)\1{2,}", r"\1", alone)
    signs = set(text.strip()) - {"\ufe0f", "\u200d"}
    return bool({plain, alone, shortened} & _STOP_ALONE) or (not plain and bool(signs & words.STOP_SIGNS))


def _seems_stop(plain: str, alone: str) -> bool:
    words = set(plain.split())
    if words & _STOP_WORDS or any(re.search(phrase, plain) for phrase in _STOP_PHRASES):
        return True
    return any(
        sorted(word) == sorted("stop") and word[0] == "s" for word in (alone, *words) if word != "spot"
    )


def _join_spelled(plain: str) -> str:
    """Join a word that is spelled letter by letter: s t o p."""
    parts = plain.split()
    return "".join(parts) if len(parts) > 1 and all(len(part) == 1 for part in parts) else plain


def _find_day(plain: str, today: date) -> date | None:
    said = plain.split()
    if "tomorrow" in said:
        return today + timedelta(days=1)
    if "today" in said or "tonight" in said:
        return today
    for number, name in enumerate(_DAYS):
        if any(word in (name, name[:3]) for word in said):
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    return None
