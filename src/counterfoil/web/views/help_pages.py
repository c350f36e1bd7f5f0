"""The help: a page for each task, searchable, which asks whether it helped (R1, R21, T40, P16)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.helping.models import HelpAnswer
from counterfoil.features.helping.operations import LONGEST_WORDS, answer, count_read
from counterfoil.features.helping.queries import Reads, count_reads
from counterfoil.web.guards import for_firm
from counterfoil.web.helping import (
    Article,
    find_article,
    list_articles,
    list_popular,
    list_recent,
    list_related,
    search_articles,
)
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def list_help(request: FirmRequest) -> HttpResponse:
    """List the pages, or those with the words that are looked for; which are new, and which are read."""
    wanted = request.GET.get("q", "").strip()[:100]
    reads = count_reads(now=timezone.now())
    articles = search_articles(wanted) if wanted else list_articles()
    details = {
        "articles": [(article, reads.get(article.slug, Reads())) for article in articles],
        "wanted": wanted,
        "popular": [(article, reads[article.slug]) for article in list_popular(reads)],
        "recent": list_recent(),
    }
    return render(request, "help/help.html", details)


@require_GET
@for_firm
def show_help(request: FirmRequest, slug: str) -> HttpResponse:
    """Show one page, count it, and ask whether it helped."""
    article = _find(slug)
    now = timezone.now()
    count_read(article=slug, now=now)
    related = list_related(article)
    details = {
        "article": article,
        "reads": count_reads(now=now)[slug],
        "given": HelpAnswer.objects.filter(article=slug, who=request.user).first(),
        "related": related,
        "others": [one for one in list_articles() if one.slug != slug and one not in related],
        "longest": LONGEST_WORDS,
    }
    return render(request, "help/article.html", details)


@require_POST
@for_firm
def answer_help(request: FirmRequest, slug: str) -> HttpResponse:
    """Keep the answer."""
    article = _find(slug)
    answer(
        workspace_id=request.membership.workspace_id,
        article=article.slug,
        who=request.user,
        helped=request.POST.get("helped") == "yes",
        words=request.POST.get("words", ""),
        now=timezone.now(),
    )
    messages.success(request, "Thank you. Whoever looks after Counterfoil can read it.")
    return redirect("help_article", article.slug)


def _find(slug: str) -> Article:
    article = find_article(slug)
    if article is None:
        raise Http404("The help has no such page.")
    return article
