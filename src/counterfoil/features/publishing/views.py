"""
All views.

Other tools are built upon them, so a name or a type never changes; what is new is added at the end of a
view. They read as their owner, who is bound by the tables' policies like everybody, and show only the rows
of the firm that the role reading them was made for.
"""

from counterfoil.features.publishing.books import BOOKS
from counterfoil.features.publishing.shapes import View
from counterfoil.features.publishing.work import WORK

VIEWS: tuple[View, ...] = (*BOOKS, *WORK)
