"""Takes a person's addresses, numbers and full names out of texts, wherever in the firm they stand."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from counterfoil.features.privacy.keeping import Place, list_places

ERASED = "(erased)"

_LEAST_DIGITS = 6
# Within JSON a new line is written as \\n, and that letter is none of the word before.
_BEGINS = r"(?:(?<![[:alnum:]])|(?<=\\[nrtbf]))"
_IS_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SPECIAL = re.compile(r"([\\.^$*+?()\[\]{}|])")


@dataclass(frozen=True)
class Words:
    """
    What a person is called: `certain` is looked for within texts, `common` only where it stands alone.

    One word as “Grant” or “Summer” within a sentence is hardly ever a name.
    """

    certain: Sequence[str]
    common: Sequence[str]

    @property
    def pattern(self) -> str:
        """A regular expression of PostgreSQL that finds them, as they are written and within JSON."""
        within = "|".join(_write(word) for word in self.certain)
        alone = "|".join(_write(word) for word in self.common)
        parts = []
        if within:
            parts.append(f"{_BEGINS}(?:{within})(?![[:alnum:]])")
        if alone:
            parts += [f"\\A(?:{alone})\\Z", f'(?<=")(?:{alone})(?=")']
        return "|".join(parts)


def sort_words(texts: Sequence[str]) -> Words:
    """Return what to look for, of everything that a person is called or reached by."""
    known = {text.strip().casefold(): text.strip() for text in texts if text.strip()}
    words = [word for word in known.values() if len(word) > 2 and not _IS_ID.fullmatch(word)]
    certain = [word for word in words if _is_certain(word)]
    return Words(
        certain=sorted(certain, key=len, reverse=True),  # the longest first: one name may begin another
        common=sorted(set(words) - set(certain)),
    )


def sweep(words: Words) -> dict[str, int]:
    """Take the words out of every text that is not kept as it is; return how many rows of which table."""
    pattern = words.pattern
    swept: dict[str, int] = {}
    if not pattern:
        return swept
    with connection.cursor() as cursor:
        cursor.execute("select set_config('counterfoil.erases_person', 'on', true)")
        for place in list_places():
            cursor.execute(_write_update(place), {"pattern": pattern, "erased": ERASED})
            if cursor.rowcount:
                swept[place.table] = swept.get(place.table, 0) + cursor.rowcount
        cursor.execute("select set_config('counterfoil.erases_person', '', true)")
    return swept


def _is_certain(word: str) -> bool:
    digits = re.sub(r"\D", "", word)
    return "@" in word or " " in word or len(digits) >= _LEAST_DIGITS


def _write(word: str) -> str:
    """Return the word as a regular expression, also as JSON writes it."""
    plain, quoted = (_SPECIAL.sub(r"\\\1", one) for one in (word, json.dumps(word, ensure_ascii=False)[1:-1]))
    return plain if plain == quoted else f"{plain}|{quoted}"


def _write_update(place: Place) -> sql.Composed:
    table, column = sql.Identifier(place.table), sql.Identifier(place.column)
    change = sql.SQL("regexp_replace({}, %(pattern)s, %(erased)s, 'gi')")
    match place.kind:
        case "json" | "jsonb":
            text = sql.SQL("{}::text").format(column)
            value = sql.SQL("{}::{}").format(change.format(text), sql.SQL(place.kind))
        case "array":
            text = sql.SQL("array_to_string({}, chr(10))").format(column)
            value = sql.SQL("array(select {} from unnest({}) one)").format(
                change.format(sql.SQL("one")), column
            )
        case _:
            text = sql.SQL("{}").format(column)
            value = change.format(column)
            if place.fits is not None:
                value = sql.SQL("left({}, {})").format(value, sql.Literal(place.fits))
    return sql.SQL("update {} set {} = {} where {} ~* %(pattern)s").format(table, column, value, text)
