"""Xero's `where` and `order`: a small parser that turns them into predicates and keys (FACTS 6.4)."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from xero_sandbox.wire.datekit import parse_ms

Record = dict[str, Any]
Value = Any
Getter = Callable[[Record], Value]
Predicate = Callable[[Record], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?)
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<op>==|!=|<>|<=|>=|&&|\|\||[=<>(),!])
    |(?P<dot>\.)
    |(?P<name>[A-Za-z_]\w*))""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_METHODS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_BOOLEANS = {"true": True, "false": False}


class QueryRefused(ValueError):
    """The expression is not one that Xero understands; becomes ErrorNumber 16."""


@dataclass(frozen=True)
class Guid:
    """A GUID, which Xero does not compare with a bare string."""

    text: str


@dataclass(frozen=True)
class _Operand:
    get: Getter
    type_name: str


@dataclass(frozen=True)
class OrderKey:
    """One field that a list is ordered by."""

    path: str
    get: Getter
    descending: bool


def parse_where(expression: str, *, type_name: str, fields: tuple[str, ...] = ()) -> Predicate:
    """Return a predicate over detailed records, or raise QueryRefused with Xero's own sentence."""
    return _Parser(expression, type_name=type_name, fields=fields).parse()


def parse_order(text: str, *, type_name: str, fields: tuple[str, ...] = ()) -> list[OrderKey]:
    """Return the keys of `Date DESC, InvoiceID`, or raise QueryRefused."""
    keys: list[OrderKey] = []
    for part in text.split(","):
        words = part.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1].upper() not in {"ASC", "DESC"}):
            raise QueryRefused(f"Syntax error in order '{text}'")
        operand = _field(words[0], type_name=type_name, fields=fields)
        descending = len(words) == 2 and words[1].upper() == "DESC"
        keys.append(OrderKey(words[0], _sortable(operand.get), descending))
    return keys


def _sortable(get: Getter) -> Getter:
    def key(record: Record) -> Value:
        value = get(record)
        if isinstance(value, Guid):
            value = value.text
        return (value is not None, value)

    return key


def _field(path: str, *, type_name: str, fields: tuple[str, ...]) -> _Operand:
    names = path.split(".")
    known = {name.lower(): name for name in fields}
    first = known.get(names[0].lower())
    if fields and first is None:
        raise QueryRefused(f"No property or field '{names[0]}' exists in type '{type_name}'")
    names[0] = first or names[0]
    is_guid = names[-1].lower().endswith("id")
    is_moment = "date" in names[-1].lower() and not names[-1].endswith("String")

    def get(record: Record) -> Value:
        value: Value = record
        for name in names:
            if isinstance(value, dict):
                value = value.get(name)
            else:
                return None
        if value is None:
            return None
        if is_guid and isinstance(value, str):
            return Guid(value.lower())
        if is_moment and isinstance(value, str) and value.startswith("/Date("):
            return parse_ms(value)
        return value.lower() if isinstance(value, str) else value

    kind = "Guid" if is_guid else "DateTime" if is_moment else "Any"
    return _Operand(get, kind)


class _Parser:
    """Recursive descent over OR, AND, parentheses and single comparisons."""

    def __init__(self, expression: str, *, type_name: str, fields: tuple[str, ...]) -> None:
        self._tokens = _tokenise(expression)
        self._at = 0
        self._type_name = type_name
        self._fields = fields

    def parse(self) -> Predicate:
        predicate = self._either()
        if self._peek() is not None:
            raise QueryRefused("Syntax error")
        return predicate

    def _either(self) -> Predicate:
        parts = [self._both()]
        while self._take_word("or", "||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda record: any(part(record) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._single()]
        while self._take_word("and", "&&"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else lambda record: all(part(record) for part in parts)

    def _single(self) -> Predicate:
        if self._take_word("not", "!"):
            inner = self._single()
            return lambda record: not inner(record)
        if self._take_word("("):
            predicate = self._either()
            self._expect(")")
            return predicate
        left = self._operand()
        if isinstance(left, _Operand):
            sign = self._peek()
            if sign not in _COMPARE:
                return lambda record: left.get(record) is True
            self._at += 1
            right = self._operand()
            if not isinstance(right, _Operand):
                raise QueryRefused("Syntax error")
            return _compare(left, sign, right)
        return self._compared_with_boolean(left)

    def _compared_with_boolean(self, predicate: Predicate) -> Predicate:
        if not self._take_word("==", "="):
            return predicate
        wanted = _BOOLEANS.get(self._next().lower())
        if wanted is None:
            raise QueryRefused("Syntax error")
        return lambda record: predicate(record) is wanted

    def _operand(self) -> _Operand | Predicate:
        token = self._next()
        if token.startswith('"'):
            text = token[1:-1].replace('\\"', '"').lower()
            return _Operand(lambda _: text, "String")
        if token[0].isdigit() or token[0] == "-":
            number = float(token)
            return _Operand(lambda _: number, "Number")
        lower = token.lower()
        if lower == "null":
            return _Operand(lambda _: None, "Null")
        if lower in _BOOLEANS:
            return _Operand(lambda _: _BOOLEANS[lower], "Boolean")
        if lower in {"datetime", "guid"} and self._peek() == "(":
            return self._constructor(lower)
        return self._path(token)

    def _constructor(self, name: str) -> _Operand:
        arguments = self._arguments()
        try:
            if name == "guid":
                text = arguments[0].strip('"').lower()
                return _Operand(lambda _: Guid(text), "Guid")
            year, month, day, hour, minute, second = ([int(part) for part in arguments] + [0, 0, 0])[:6]
            moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except (ValueError, TypeError, IndexError) as error:
            raise QueryRefused(f"No applicable constructor exists in type '{name}'") from error
        ms = int(moment.timestamp() * 1000)
        return _Operand(lambda _: ms, "DateTime")

    def _path(self, first: str) -> _Operand | Predicate:
        names = [first]
        while self._take_word("."):
            name = self._next()
            if self._peek() == "(":
                arguments = self._arguments()
                if name.lower() in {"tolower", "toupper", "tostring"} or (name == "Value" and not arguments):
                    continue  # Strings are compared without case in any event.
                return self._method(".".join(names), name, arguments)
            if name not in {"Value", "HasValue"}:
                names.append(name)
        return _field(".".join(names), type_name=self._type_name, fields=self._fields)

    def _method(self, path: str, name: str, arguments: list[str]) -> Predicate:
        method = _METHODS.get(name.lower())
        if method is None or len(arguments) != 1:
            raise QueryRefused(f"No applicable method '{name}' exists in type 'String'")
        operand = _field(path, type_name=self._type_name, fields=self._fields)
        part = arguments[0].strip('"').lower()

        def predicate(record: Record) -> bool:
            value = operand.get(record)
            if value is None:
                raise QueryRefused("Object reference not set to an instance of an object.")
            return method(value.text if isinstance(value, Guid) else str(value), part)

        return predicate

    def _arguments(self) -> list[str]:
        self._expect("(")
        arguments: list[str] = []
        while not self._take_word(")"):
            if not self._take_word(","):
                arguments.append(self._next())
        return arguments

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> str:
        token = self._peek()
        if token is None:
            raise QueryRefused("Expression expected")
        self._at += 1
        return token

    def _take_word(self, *words: str) -> bool:
        token = self._peek()
        if token is None or token.lower() not in words:
            return False
        self._at += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._take_word(sign):
            raise QueryRefused(f"'{sign}' expected")


def _tokenise(expression: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    text = expression.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise QueryRefused(f"Syntax error '{text[at]}'")
        tokens.append(found.group().strip())
        at = found.end()
    return tokens


def _compare(left: _Operand, sign: str, right: _Operand) -> Predicate:
    shown = "==" if sign == "=" else sign
    types = {left.type_name, right.type_name}
    if types in ({"Guid", "String"}, {"DateTime", "String"}):
        raise QueryRefused(
            f"Operator '{shown}' incompatible with operand types '{left.type_name}' and '{right.type_name}'"
        )
    compare = _COMPARE[sign]
    is_equality = sign in {"==", "=", "!=", "<>"}

    def predicate(record: Record) -> bool:
        first, second = left.get(record), right.get(record)
        if not is_equality and (first is None or second is None):
            return False
        try:
            return compare(first, second)
        except TypeError as error:
            raise QueryRefused(
                f"Operator '{shown}' incompatible with operand types "
                f"'{type(first).__name__}' and '{type(second).__name__}'"
            ) from error

    return predicate
