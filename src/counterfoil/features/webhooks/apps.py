"""Registers what is kept about webhooks with Django."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """What Xero tells, and whether it still does."""

    name = "counterfoil.features.webhooks"
    label = "webhooks"
