from django.urls import path

from reminders.views import calendar, home

urlpatterns = [
    path("", home.home, name="home"),
    path("settings/calendar", calendar.calendar, name="calendar"),
    path("settings/calendar/end", calendar.end, name="calendar_end"),
    path("calendar/<str:token>.ics", calendar.feed, name="calendar_feed"),
]
