"""What is asked from outside, with no sign-in: Xero, monitoring, a customer's way out of messages."""

from django.urls import URLPattern, path

from counterfoil.config.paths import ANSWER_PATH, FATE_PATH, RECEIVER_PATH, WAY_OUT_PATH
from counterfoil.web.views import health, metrics, reminder_calls, way_out, webhooks

urlpatterns: list[URLPattern] = [
    path(f"{WAY_OUT_PATH[1:]}<str:code>", way_out.show_way_out, name="way_out"),
    path(f"{FATE_PATH[1:]}<uuid:token>/", reminder_calls.take_fate, name="reminder_fate"),
    path(f"{ANSWER_PATH[1:]}<uuid:token>/", reminder_calls.take_answer, name="reminder_answer"),
    path(RECEIVER_PATH.lstrip("/"), webhooks.receive, name="webhooks"),
    path("healthz", health.show_process, name="healthz"),
    path("readyz", health.show_readiness, name="readyz"),
    path("metrics", metrics.show_metrics, name="metrics"),
]
