"""Reads the pages of the help from the files beside this module, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from counterfoil.features.helping.queries import Reads

_FOLDER = Path(__file__).with_name("help")

# What people need in the order in which they need it; a test holds it against the files.
_ORDER = (
    "why-connect",
    "connect",
    "what-is-read",
    "two-way",
    "contact-fields",
    "raise-invoices",
    "agreements",
    "month-end",
    "reminders",
    "profit-and-loss",
    "profitability",
    "recharges",
    "bill-recharges",
    "receivables",
    "sync-status",
    "webhooks",
    "migrate",
    "remove",
    "troubleshooting",
)
_A_FEW = 4


@dataclass(frozen=True)
class Article:
    """One page: a task, when it was last looked over, by whom, and its words."""

    slug: str
    title: str
    summary: str
    updated: date
    author: str
    related: tuple[str, ...]
    text: str

    @property
    def html(self) -> SafeString:
        """The page as it is shown. The files are ours, and raw HTML in them stays text."""
        rendered: str = MarkdownIt("commonmark", {"html": False}).render(self.text)
        return SafeString(rendered)


@cache
def list_articles() -> tuple[Article, ...]:
    """Return all pages in their order."""
    return tuple(_read(_FOLDER / f"{slug}.md") for slug in _ORDER)


def find_article(slug: str) -> Article | None:
    """Return the page, or None."""
    return next((article for article in list_articles() if article.slug == slug), None)


def list_related(article: Article) -> list[Article]:
    """Return the pages that people want next."""
    return [other for slug in article.related if (other := find_article(slug))]


def list_recent() -> list[Article]:
    """Return the pages that were looked over last, the newest first."""
    return sorted(list_articles(), key=lambda article: article.updated, reverse=True)[:_A_FEW]


def list_popular(reads: Mapping[str, Reads]) -> list[Article]:
    """Return the pages that were read most lately; those that nobody read are not popular."""
    read = [article for article in list_articles() if article.slug in reads and reads[article.slug].lately]
    return sorted(read, key=lambda article: -reads[article.slug].lately)[:_A_FEW]


def search_articles(wanted: str) -> list[Article]:
    """Return the pages that have every word, those with it in the title first."""
    words = wanted.casefold().split()
    found = [
        article
        for article in list_articles()
        if all(word in f"{article.title} {article.summary} {article.text}".casefold() for word in words)
    ]
    return sorted(found, key=lambda article: -sum(word in article.title.casefold() for word in words))


def _read(path: Path) -> Article:
    head, _, text = path.read_text(encoding="utf-8").partition("\n\n")
    said = dict(line.split(": ", 1) for line in head.splitlines())
    return Article(
        slug=path.stem,
        title=said["title"],
        summary=said["summary"],
        updated=date.fromisoformat(said["updated"]),
        author=said["author"],
        related=tuple(said["related"].split(", ")),
        text=text,
    )
