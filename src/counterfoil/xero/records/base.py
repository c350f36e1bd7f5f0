"""
How a record is read: strictly, exactly, and whole.

A field's Python name is our column's name, its `name=` is Xero's member. Fields that end in `_stub`
are Xero's nested objects; what we keep of them is derived by a property. Amounts stay exact
Decimals. A member that Xero omits when it is empty has a default; one that a record cannot be
without has none, so that its absence is noticed.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import msgspec

from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.dates import parse_calendar_date, parse_instant

if TYPE_CHECKING:
    Instant = datetime
    CalendarDate = date
else:
    # msgspec reads only ISO dates by itself. A type that it does not know goes through the hook
    # below, and what comes out must be an instance of that type: so these vouch for plain dates.
    class _Vouching(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, date)

    class Instant(metaclass=_Vouching):
        """A moment: Xero's `/Date(ms+0000)/` or ISO text, read as an aware UTC datetime."""

    class CalendarDate(metaclass=_Vouching):
        """A day without a time zone: Xero's midnight UTC, read as a date."""


class Record(msgspec.Struct, frozen=True):
    """What every kind has: an id within its organisation and, mostly, the time of its last change."""

    derived: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the names of what is kept, `xero_id` and `updated_at` among them."""
        own = tuple(name for name in cls.__struct_fields__ if not name.endswith("_stub"))
        return own + cls.derived


class ContactStub(msgspec.Struct, frozen=True):
    """The contact as documents carry it."""

    contact_id: str = msgspec.field(name="ContactID")
    name: str = msgspec.field(name="Name", default="")


class AccountStub(msgspec.Struct, frozen=True):
    """The account as payments carry it."""

    account_id: str = msgspec.field(name="AccountID", default="")
    code: str = msgspec.field(name="Code", default="")


class Unreadable(Exception):
    """A record has a shape that we have not seen; the sentence names the member, never its value."""


R = TypeVar("R", bound=Record)


def read_record(kind: type[R], raw: bytes | msgspec.Raw) -> R:
    """Return the record. Raises Unreadable, naming the member that was missing or not understood."""
    try:
        record: R = _decoder(kind).decode(raw)
    except msgspec.ValidationError as error:
        raise Unreadable(str(error)) from error
    except msgspec.DecodeError as error:
        raise Unreadable("This is not JSON") from error
    return record


def columns_of(kind: type[R]) -> Callable[[R], tuple[Any, ...]]:
    """Return a function from a record to the values of its `columns()`, in that order."""
    return attrgetter(*kind.columns())


@cache
def _decoder(kind: type[R]) -> msgspec.json.Decoder[R]:
    return msgspec.json.Decoder(kind, dec_hook=_read_date)


def _read_date(kind: type, text: object) -> object:
    """Read the two kinds of dates; msgspec turns what this raises into its own error, with the path."""
    if not isinstance(text, str):
        raise ValueError("a date was expected")  # noqa: TRY004 - msgspec wraps ValueError
    try:
        return parse_instant(text) if kind is Instant else parse_calendar_date(text)
    except AnswerNotUnderstood as error:
        raise ValueError("not a date that Xero writes") from error
