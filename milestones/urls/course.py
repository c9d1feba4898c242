from django.urls import path

from milestones.views import completing, ending, pausing

urlpatterns = [
    path("engagements/<int:pk>/pause", pausing.pause, name="pause"),
    path("engagements/<int:pk>/resume", pausing.resume, name="resume"),
    path("engagements/<int:pk>/complete", completing.complete, name="complete"),
    path("engagements/<int:pk>/end", ending.end, name="end"),
    path("engagements/<int:pk>/end/agree", ending.agree, name="end_agree"),
    path("engagements/<int:pk>/end/take-back", ending.take_back, name="end_take_back"),
]
