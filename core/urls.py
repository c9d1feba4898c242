from django.urls import path

from core.views import health, house, search

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("session", house.session, name="session"),
    path("theme", house.theme, name="theme"),
    path("search/", search.search, name="search"),
    path("styleguide/", house.styleguide, name="styleguide"),
    path("mail/", house.mail, name="mail"),
    path("mail/test", house.mail_send_test, name="mail_send_test"),
    path("mail/<int:pk>/revive", house.mail_revive, name="mail_revive"),
]
