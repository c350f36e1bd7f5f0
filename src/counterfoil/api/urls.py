"""The addresses for programs, and the page that describes them."""

from django.urls import path

from counterfoil.api.page import show_reference
from counterfoil.api.service import api

urlpatterns = [
    path("", show_reference, name="api_reference"),
    path("v1/", api.urls),
]
