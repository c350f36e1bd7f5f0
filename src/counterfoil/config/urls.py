"""The addresses; those that the outside world knows are fixed for good."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# Operators sign in where everybody does, with the same limits and second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("backstage/", admin.site.urls),
    path("api/", include("counterfoil.api.urls")),
    path("", include("counterfoil.web.urls")),
]

handler404 = "counterfoil.web.views.errors.show_not_found"
handler500 = "counterfoil.web.views.errors.show_broken"
