"""The help: a page for each task, searchable, which asks whether it helped (R1, R21, T40, P16)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.helping.models import HelpAnswer
from counterfoil.features.helping.operations import LONGEST_WORDS, answer
from counterfoil.web.guards import for_firm
from counterfoil.web.helping import Article, find_article, list_articles, search_articles
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def list_help(request: FirmRequest) -> HttpResponse:
    """List the pages, or those with the words that are looked for."""
    wanted = request.GET.get("q", "").strip()[:100]
    articles = search_articles(wanted) if wanted else list_articles()
    return render(request, "help/help.html", {"articles": articles, "wanted": wanted})


@require_GET
@for_firm
def show_help(request: FirmRequest, slug: str) -> HttpResponse:
    """Show one page, and ask whether it helped."""
    article = _find(slug)
    given = HelpAnswer.objects.filter(article=slug, who=request.user).first()
    others = [one for one in list_articles() if one.slug != slug]
    details = {"article": article, "given": given, "others": others, "longest": LONGEST_WORDS}
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
