"""Makes names of files that somebody else chose safe to save."""

import re
import unicodedata

_LONGEST = 150
# What no system of today takes in a name, and what separates folders on one of them.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
# Windows takes these for devices, whatever stands behind the dot.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")


def clean_file_name(name: str, *, instead: str = "file") -> str:
    """
    Return a name that can be saved anywhere and shows its true ending; `instead` when nothing is left.

    Control characters and those that turn the direction of writing are dropped: with them a program looks
    like a picture.
    """
    seen = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    plain = " ".join(_FORBIDDEN.sub("-", seen).split()).strip(". ")
    if not plain or _DEVICES.match(plain):
        plain = f"{instead} {plain}".strip()
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: _LONGEST - len(ending) - 1]}.{ending}"
    return plain[:_LONGEST]
