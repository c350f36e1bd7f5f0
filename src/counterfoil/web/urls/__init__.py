"""The addresses of the pages: one list for each area."""

from counterfoil.web.urls import (
    activity,
    billing,
    books,
    clients,
    costs,
    outside,
    reminders,
    settings,
)

urlpatterns = [
    *books.urlpatterns,
    *activity.urlpatterns,
    *clients.urlpatterns,
    *costs.urlpatterns,
    *billing.urlpatterns,
    *reminders.urlpatterns,
    *settings.urlpatterns,
    *outside.urlpatterns,
]
