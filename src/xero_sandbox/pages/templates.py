"""Renders the stand-in's own pages."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"

_environment = Environment(
    loader=FileSystemLoader(ROOT / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def money(amount: float) -> str:
    """Return an amount with two decimals and thousands apart."""
    return f"{amount:,.2f}"


_environment.filters["money"] = money


def render(
    template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """Return a page."""
    text = _environment.get_template(template).render(**values)
    return HTMLResponse(text, status_code=status, headers={"cache-control": "no-store", **(headers or {})})
