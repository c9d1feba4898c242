from django.urls import path

from reminders.views import home

urlpatterns = [
    path("", home.home, name="home"),
]
