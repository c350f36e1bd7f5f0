"""Registers the access feature with Django."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Tokens for programs, and the answers that are kept for them."""

    name = "counterfoil.features.access"
    label = "access"
