from django.urls import path

from accounts.views import door, people, settings, tokens

app_name = "accounts"
urlpatterns = [
    path("first-run/", door.first_run, name="first_run"),
    path("logo", door.logo, name="logo"),
    # Before allauth's own: an address comes from an invitation and is what agreements name, so it is not changed there.
    path("accounts/email/", door.absent, name="no_email"),
    path("accounts/confirm-email/", door.absent, name="no_confirmations"),
    path("accounts/confirm-email/<str:key>/", door.absent, name="no_confirmation"),
    path("invitations/<str:token>/", door.join, name="join"),
    path("settings/", settings.settings, name="settings"),
    path("settings/regions", settings.regions, name="regions"),
    path("settings/tokens", tokens.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke", tokens.revoke, name="token_revoke"),
    path("people/", people.people, name="people"),
    path("people/invite", people.invite, name="invite"),
    path("people/invitations/<int:pk>/revoke", people.revoke, name="revoke"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/role", people.change_role, name="change_role"),
    path("people/<int:pk>/hand-over", people.hand_over, name="hand_over"),
    path("people/<int:pk>/deactivate", people.deactivate, name="deactivate"),
]
