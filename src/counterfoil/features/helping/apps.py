"""Registers the helping feature with Django."""

from django.apps import AppConfig


class HelpingConfig(AppConfig):
    """Answers to "did this answer your question?"."""

    name = "counterfoil.features.helping"
    label = "helping"
