"""Reads settings from the environment, and says at once which one is wrong and how to write it."""

import os
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

_FLAGS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def read_text(name: str, default: str = "") -> str:
    """
    Return the variable's value; a secret may lie in the file that `<name>_FILE` names.

    Raises ImproperlyConfigured when that file cannot be read.
    """
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error}") from error
    return os.environ.get(name, "").strip() or default


def read_flag(name: str, *, default: bool) -> bool:
    """Return the variable as yes or no. Raises ImproperlyConfigured for anything else."""
    text = read_text(name)
    if not text:
        return default
    if text.lower() not in _FLAGS:
        raise ImproperlyConfigured(f"{name} is {text!r}; write 1 or 0")
    return _FLAGS[text.lower()]


def read_number(name: str, default: int, *, at_least: int = 0) -> int:
    """Return the variable as a whole number. Raises ImproperlyConfigured for anything else."""
    text = read_text(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < at_least:
        raise ImproperlyConfigured(f"{name} is {text!r}; write a whole number, {at_least} or more")
    return int(text)


def read_list(name: str) -> list[str]:
    """Return the variable's comma-separated parts."""
    return [part.strip() for part in read_text(name).split(",") if part.strip()]


def read_keys(name: str) -> list[str]:
    """Return encryption keys. Raises ImproperlyConfigured for one that is none, without showing it."""
    keys = read_list(name)
    for place, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name}: key {place} of {len(keys)} is not a key. Make one with: python -c"
                ' "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
            ) from error
    return keys


def read_networks(name: str) -> list[str]:
    """Return networks such as 10.0.0.0/8. Raises ImproperlyConfigured for one that is none."""
    networks = read_list(name)
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}: {network!r} is no network such as 10.0.0.0/8") from error
    return networks


def read_address(name: str, default: str) -> str:
    """
    Return an http(s) address without its trailing slash.

    Raises ImproperlyConfigured when it has no host, or a path, query or fragment: the paths
    below these addresses are Xero's (or ours) and are not configurable.
    """
    text = read_text(name, default).rstrip("/")
    parts = urlsplit(text)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.path
        or parts.query
        or parts.fragment
    ):
        raise ImproperlyConfigured(f"{name} is {text!r}; write an address such as {default}, without a path")
    return text
