"""One thing that is said of a document before it is sent: in Xero's words and in ours, and what to do."""

from dataclasses import dataclass

MAPPINGS = "Choose another one on the line, or in the mappings of this organisation."
"""What to do about what a mapping may have chosen."""


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing about a document.

    `line` counts from one, or is None for the document itself. `cause` is the same for every document
    that fails for the same reason, so that mending it once releases all.
    """

    field: str
    cause: str
    ours: str
    todo: str
    theirs: str = ""
    line: int | None = None
    blocks: bool = True
