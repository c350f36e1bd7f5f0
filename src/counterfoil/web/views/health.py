"""Whether this process lives, and whether it can do its work."""

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from counterfoil.config.outages import find_outage


@require_GET
def show_process(request: HttpRequest) -> HttpResponse:
    """Answer that the process lives."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
def show_readiness(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers and all migrations are applied, else 503 with what is missing."""
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except (DatabaseError, InterfaceError) as error:
        outage = find_outage(error)
        answer = {"ready": False, "database": "not reachable", "because": outage.sentence if outage else ""}
        return JsonResponse(answer, status=503)
    if waiting:
        return JsonResponse({"ready": False, "database": "ok", "migrations_waiting": waiting}, status=503)
    return JsonResponse({"ready": True, "database": "ok", "migrations_waiting": 0})
