"""Every address of the product. A new one needs a verdict in tests/authz_matrix.toml."""

from django.urls import include, path

from config import api

handler400 = "core.views.errors.bad_request"
handler403 = "core.views.errors.forbidden"
handler404 = "core.views.errors.not_found"
handler500 = "core.views.errors.server_error"

urlpatterns = [
    path("api/v1/", include(api.urls)),
    path("", include("core.urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("contractors.urls")),
    path("", include("engagements.urls")),
    path("", include("milestones.urls")),
    path("", include("reminders.urls")),
]
