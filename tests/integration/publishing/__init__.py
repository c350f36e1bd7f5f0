"""Views for tools that speak SQL."""
