"""Keeps letters that no server carries: in the home, for whoever runs the installation, never in a log."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.filebased import EmailBackend


class LetterBox(EmailBackend):
    """Writes each letter into a folder that only the installation's own account may enter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(*args, **kwargs)
