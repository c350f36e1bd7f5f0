"""Registers the outbox feature with Django."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Writing to Xero."""

    name = "counterfoil.features.outbox"
    label = "outbox"
