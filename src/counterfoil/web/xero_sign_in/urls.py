"""Below /accounts/; the second is the address that stands at developer.xero.com."""

from django.urls import path

from counterfoil.web.xero_sign_in import views

urlpatterns = [
    path("xero/login/", views.begin, name="xero_login"),
    path("xero/login/callback/", views.receive, name="xero_callback"),
]
