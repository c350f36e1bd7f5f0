"""The help: a page for each task, dated, searchable, and it asks whether it helped (R1, R21, T40, P16)."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from counterfoil.features.helping.models import HelpAnswer, ReadsOfDay
from counterfoil.features.helping.operations import count_read
from counterfoil.features.helping.queries import Reads, count_reads
from counterfoil.web import helping
from counterfoil.web.helping import (
    list_articles,
    list_popular,
    list_recent,
    list_related,
    search_articles,
)
from tests.integration.web.firms import Firm, make_firm


def text_of(answer: object) -> str:
    return " ".join(answer.content.decode().split())  # type: ignore[attr-defined]  # Django's test response


def test_every_file_of_the_help_is_listed_and_whole() -> None:
    files = {path.stem for path in Path(helping.__file__).with_name("help").glob("*.md")}

    articles = list_articles()

    assert {article.slug for article in articles} == files
    assert all(article.title and article.summary and article.author and article.text for article in articles)


@pytest.mark.parametrize("article", list_articles(), ids=lambda article: article.slug)
def test_each_page_is_shown_with_its_day_and_author(firm: Firm, article: helping.Article) -> None:
    page = text_of(firm.client.get(f"/help/{article.slug}/"))

    assert f"<h1>{article.title}</h1>" in page
    assert f"Updated {article.updated:%-d %b %Y} by {article.author}" in page
    assert "Did this answer your question?" in page


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ("demo company reset", "troubleshooting"),
        ("migrate", "migrate"),
        ("webhooks key", "webhooks"),
        ("TWO-WAY drafts", "two-way"),
        ("disconnect xero type", "remove"),
        ("SMS", "reminders"),
        ("refresh", "sync-status"),
    ],
)
def test_the_help_is_searched_by_words(wanted: str, first: str) -> None:
    assert search_articles(wanted)[0].slug == first


def test_a_search_without_a_find_says_what_to_do(firm: Firm) -> None:
    page = text_of(firm.client.get("/help/?q=xylophone"))

    assert "Nothing has these words" in page
    assert "All pages</a>" in page


def test_an_answer_is_kept_with_its_words_and_replaced_by_a_later_one(firm: Firm) -> None:
    firm.client.post("/help/remove/answer/", {"helped": "no", "words": "  How do I export first? "})
    firm.client.post("/help/remove/answer/", {"helped": "yes", "words": "Found it."})

    with firm.inside():
        kept = HelpAnswer.objects.get()
        assert (kept.article, kept.helped, kept.words, kept.who_id) == (
            "remove",
            True,
            "Found it.",
            firm.user.pk,
        )
    assert "you said yes" in text_of(firm.client.get("/help/remove/"))


def test_another_firm_does_not_see_the_answer(firm: Firm) -> None:
    firm.client.post("/help/remove/answer/", {"helped": "no"})
    other = make_firm("Others")

    with other.inside():
        assert not HelpAnswer.objects.exists()


def test_an_unknown_page_is_not_found_not_answered_and_not_counted(firm: Firm) -> None:
    assert firm.client.get("/help/unknown/").status_code == 404
    assert firm.client.post("/help/unknown/answer/", {"helped": "yes"}).status_code == 404
    assert not ReadsOfDay.objects.exists()


def test_every_reading_is_counted_for_the_whole_installation_and_shown(firm: Firm) -> None:
    other = make_firm("Others")

    assert "not read yet" in text_of(firm.client.get("/help/"))
    assert "· read once" in text_of(firm.client.get("/help/remove/"))
    assert "· read 2 times" in text_of(other.client.get("/help/remove/"))
    assert "· read 2 times" in text_of(firm.client.get("/help/?q=remove"))


def test_of_a_reading_the_page_and_the_day_are_kept_and_nothing_of_the_reader() -> None:
    assert {field.name for field in ReadsOfDay._meta.fields} == {"id", "article", "day", "reads"}


@pytest.mark.django_db
def test_readings_count_as_popular_for_ninety_days() -> None:
    now = timezone.now()
    for days_ago in (0, 89, 90, 400):
        count_read(article="remove", now=now - timedelta(days=days_ago))

    assert count_reads(now=now) == {"remove": Reads(ever=4, lately=2)}


def test_the_most_read_pages_are_popular_and_those_last_looked_over_recent() -> None:
    newest = max(list_articles(), key=lambda article: article.updated)

    popular = list_popular({"connect": Reads(9, 1), "migrate": Reads(2, 2), "remove": Reads(50, 0)})

    assert [article.slug for article in popular] == ["migrate", "connect"]
    assert list_recent()[0].updated == newest.updated


def test_the_help_page_lists_what_is_popular(firm: Firm) -> None:
    assert "Nobody has opened a page yet" in text_of(firm.client.get("/help/"))
    for slug in ("webhooks", "migrate", "webhooks"):
        firm.client.get(f"/help/{slug}/")

    popular = text_of(firm.client.get("/help/")).split("Popular</h2>")[1].split("</nav>")[0]

    assert popular.index("/help/webhooks/") < popular.index("/help/migrate/")
    assert "read 2 times" in popular


@pytest.mark.parametrize("article", list_articles(), ids=lambda article: article.slug)
def test_each_page_leads_to_others_that_there_are(article: helping.Article) -> None:
    related = [other.slug for other in list_related(article)]

    assert related == list(article.related)
    assert related
    assert article.slug not in related


@pytest.mark.parametrize("path", ["/connect/", "/settings/", "/settings/xero-app/", "/settings/migrate/"])
def test_pages_lead_to_the_help_about_them(firm: Firm, path: str) -> None:
    assert 'href="/help/' in text_of(firm.client.get(path)).split("<h1>")[1]
