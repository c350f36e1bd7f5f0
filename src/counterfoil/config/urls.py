"""The addresses; those that the outside world knows are fixed for good."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("counterfoil.web.urls")),
]
