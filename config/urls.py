"""Every address of the product. A new one needs a verdict in tests/authz_matrix.toml."""

from django.urls import URLResolver, include, path
from django.urls.resolvers import RoutePattern

handler400 = "core.views.errors.bad_request"
handler403 = "core.views.errors.forbidden"
handler404 = "core.views.errors.not_found"
handler500 = "core.views.errors.server_error"


class Later(URLResolver):
    """Addresses that are loaded when somebody asks for one of them. Django looks them up as soon as any page names any
    address, and what the interface for programs stands on takes 20 MB that a worker for people does without."""

    def _populate(self) -> None:
        """Whoever names one of them gets them by their namespace, from a resolver of its own."""


urlpatterns = [
    Later(RoutePattern("api/v1/"), "config.api_urls", app_name="api", namespace="api"),
    path("", include("core.urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("contractors.urls")),
    path("", include("engagements.urls")),
    path("", include("milestones.urls")),
    path("", include("reminders.urls")),
]
