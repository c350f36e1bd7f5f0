"""Icons, addresses, amounts and times, as the templates write them."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import QueryDict
from django.templatetags.static import static
from django.urls import get_resolver, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from counterfoil.domain.money import Money
from counterfoil.domain.proof import Evidence
from counterfoil.domain.wording import say_number, say_unit_price
from counterfoil.features.connections.queries import count_waiting
from counterfoil.features.history.naming import slug_of
from counterfoil.mirror.models import Connection, Organisation
from counterfoil.sync.cadence import get_interval
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.web import words
from counterfoil.web.browsers import name_browser
from counterfoil.web.downloads import FORMS
from counterfoil.web.menu import Entry, Group
from counterfoil.web.reading import BECOMES, WRITINGS
from counterfoil.web.xero_pages import find_page
from counterfoil.xero.scopes import Write

register = template.Library()

_STATUS_LOOKS = {
    "paid": ("good", "check"),
    "overdue": ("bad", "alert"),
    "partially-paid": ("warn", "half"),
    "open": ("info", "circle"),
    "awaiting-approval": ("warn", "clock"),
    "draft": ("mute", "pencil"),
    "voided": ("mute", "slash"),
    "deleted": ("mute", "bin"),
}


@register.simple_tag
@lru_cache(maxsize=500)  # a list draws a few of them hundreds of times
def icon(name: str, css: str = "") -> SafeString:
    """Draw one of our icons; it says nothing by itself, so a word stands beside it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        static("counterfoil/icons.svg"),
        name,
    )


@register.simple_tag
def waiting(organisation: Organisation | None, part: Entry | Group) -> SafeString | str:
    """Show how much waits for a person on a page of the menu, or on all pages of a group."""
    pages = [entry.page for entry in (part.entries if isinstance(part, Group) else [part])]
    count = sum(count_waiting(organisation, page) for page in pages) if organisation else 0
    if not count:
        return ""
    return format_html(
        '<span class="menu-count number" title="{} wait{} for a decision">{}</span>',
        intcomma(count),
        "s" if count == 1 else "",
        count if count <= 99 else "99+",
    )


@register.filter
def browser(user_agent: str) -> str:
    """Name the browser and the system that a person knows theirs by."""
    return name_browser(user_agent)


@register.simple_tag
def chip(tone: str, picture: str, word: str, large: bool = False) -> SafeString:
    """Show a state: an icon and a word in a colour."""
    return format_html(
        '<span class="chip chip-{}{}">{}{}</span>', tone, " chip-large" if large else "", icon(picture), word
    )


@register.simple_tag
@lru_cache(maxsize=100)  # a list shows one of a few on each of its rows
def status_chip(slug: str, word: str) -> SafeString:
    """Show the status of a document; one that is not known is said in its word alone."""
    tone, picture = _STATUS_LOOKS.get(slug, ("mute", "info"))
    return chip(tone, picture, word)


@register.simple_tag
def help_link(slug: str) -> SafeString:
    """Lead to the page of the help about what is done here."""
    return format_html(
        '<a class="button button-ghost button-small" href="{}">{}Help</a>',
        reverse("help_article", args=[slug]),
        icon("info"),
    )


@register.inclusion_tag("components/export.html")
def export_menu(address: str, asked: str = "", is_small: bool = False) -> dict[str, object]:
    """Offer a list as a file, in every form that there is; `asked` is what the list was asked for."""
    path, _, first = address.partition("?")
    query = QueryDict(f"{first}&{asked}", mutable=True)
    forms = []
    for form, word in FORMS.items():
        query["form"] = form
        forms.append((f"{path}?{query.urlencode()}", word))
    return {"forms": forms, "is_small": is_small}


@register.inclusion_tag("components/data_flow.html")
def data_flow(writes: Collection[Write] = (), is_two_way: bool = False) -> dict[str, object]:
    """Draw what comes from Xero and what may go back, from the table of endpoints (R2, T26)."""
    reads = [(group, becomes, 60 + 24 * place) for place, (group, becomes) in enumerate(BECOMES.items())]
    first = 60 + 24 * len(reads) + 22
    chosen = [writing for writing in WRITINGS if writing.write in writes]
    names = [writing.name for writing in chosen] or (["only what you tick"] if is_two_way else [])
    sends = [(name, first + 24 * place) for place, name in enumerate(names)]
    height = first + 24 * max(len(sends) - 1, 0) + 20
    return {"reads": reads, "sends": sends, "first": first, "height": height, "box_height": height - 2}


@register.simple_tag(takes_context=True)
def page(context: template.Context, name: str) -> str:
    """Return the address of a page for the organisation in view, or the bare one when there is none."""
    standing = context.get("standing")
    current = standing.current if standing else None
    if current is None or not _is_of_organisation(name):
        return reverse(name)
    return reverse(name, args=[current.pk])


@register.simple_tag(takes_context=True)
def record_link(context: template.Context, record: Evidence) -> SafeString:
    """Name a record, with a link to its page here; one that is not here is linked to in Xero."""
    standing = context["standing"]
    if record.here is not None:
        href = record_page(context, record.stream, record.xero_id)
    else:
        href = find_page(record.stream, record.xero_id, kind=record.kind, short_code=standing.short_code)
    if not href:
        return format_html('<span class="strong">{}</span>', record.title)
    return format_html('<a class="strong" href="{}" rel="noopener">{}</a>', href, record.title)


@register.simple_tag(takes_context=True)
def record_page(
    context: template.Context, stream: str, xero_id: str, organisation_id: int | None = None
) -> str:
    """Return the address of a record's page, in the organisation in view unless another is named."""
    of = organisation_id if organisation_id is not None else context["standing"].current.pk
    return reverse("record", args=[of, slug_of(stream), xero_id])


@cache
def _is_of_organisation(name: str) -> bool:
    """Say whether a page has an address for each organisation, besides the bare one."""
    return any(
        "organisation_id" in parameters
        for possibilities, *_ in get_resolver().reverse_dict.getlist(name)
        for _, parameters in possibilities
    )


@register.filter
def org_colour(organisation: Organisation) -> str:
    """Return the class that gives an organisation its colour, the same on every page."""
    return f"org-{organisation.colour}"


@register.simple_tag
def ago(moment: datetime | None) -> SafeString | str:
    """Say how long ago, with the exact moment on hover."""
    if moment is None:
        return "never"
    said = words.say_ago(moment, timezone.now())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), words.say_moment(moment), said
    )


@register.filter
def at_time(moment: datetime) -> str:
    """Say the time of day, and the day when it is not today."""
    return words.say_time(moment, timezone.now())


@register.filter
def at_second(moment: datetime) -> str:
    """Say the time of day to the second, and the day when it is not today."""
    local, today = timezone.localtime(moment), timezone.localtime().date()
    return f"{local:%H:%M:%S}" if local.date() == today else f"{local:%-d %b, %H:%M:%S}"


@register.filter
def seconds_said(value: float) -> str:
    """Say how long something took: with a decimal below ten seconds, as people do above two minutes."""
    if value < 10:
        return f"{value:.1f} s"
    return f"{value:.0f} s" if value < 120 else words.say_duration(timedelta(seconds=value))


@register.filter
def moment(value: datetime) -> str:
    """Say a moment exactly."""
    return words.say_moment(value)


@register.filter
def day(value: datetime) -> str:
    """Say the calendar day of a moment."""
    return words.say_day(value)


@register.filter
def duration(value: timedelta) -> str:
    """Say a length of time."""
    return words.say_duration(value)


@register.filter
def every(value: timedelta) -> str:
    """Say how often something comes round."""
    return words.say_every(value)


@register.filter
def asked_every(connection: Connection) -> str:
    """Say how often an organisation is asked for changes."""
    return words.say_every(get_interval(connection))


@register.filter
def amount(value: Decimal, currency: str) -> str:
    """Say an amount with its currency's decimals, without the code."""
    return words.say_amount(value, currency)


@register.filter
def quantity(value: Decimal) -> str:
    """Say how many, with every decimal that says something."""
    return say_number(value)


@register.filter
def unit_price(value: Decimal, currency: str) -> str:
    """Say a price with its currency's decimals, and more where it has more."""
    return say_unit_price(value, currency)


@register.filter
def count(value: Decimal) -> str:
    """Say how many; a minus is a real minus."""
    return f"{value:,.0f}".replace("-", "−")


@register.filter
def percent(value: Decimal) -> str:
    """Say a rate; a minus is a real minus."""
    return f"{value:,}%".replace("-", "−")


@register.filter
def money(value: Money) -> str:
    """Say an amount with its currency's code."""
    return f"{words.say_amount(value.amount, value.currency)} {value.currency}"


@register.filter
def bytes_said(value: int | None) -> str:
    """Say a number of bytes."""
    return words.say_bytes(value or 0)


@register.filter
def stream_title(name: str) -> str:
    """Say what a stream is called."""
    stream = STREAM_BY_NAME.get(name)
    return stream.title if stream else name


@register.filter
def country(code: str) -> str:
    """Name the country of a code; a code that is none stands for itself."""
    return words.say_country(code)


@register.filter
def language(code: str) -> str:
    """Name the language of a code; a code that is none stands for itself."""
    return words.say_language(code)


@register.filter
def initials(name: str) -> str:
    """Return up to two letters that stand for a person, of whom perhaps only the address is known."""
    parts = re.findall(r"[^\W\d_]+", name.partition("@")[0])
    return "".join(part[0] for part in [*parts[:1], *parts[1:][-1:]]).upper()
