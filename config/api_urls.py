"""The addresses of the interface for programs, for config.urls."""

from config.api import urls

urlpatterns, app_name = urls
