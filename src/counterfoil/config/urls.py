"""The addresses; those that the outside world knows are fixed for good."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("backstage/", admin.site.urls),
    path("", include("counterfoil.web.urls")),
]

handler404 = "counterfoil.web.views.errors.show_not_found"
handler500 = "counterfoil.web.views.errors.show_broken"
