from django.urls import path

from milestones.views import pausing

urlpatterns = [
    path("engagements/<int:pk>/pause", pausing.pause, name="pause"),
    path("engagements/<int:pk>/resume", pausing.resume, name="resume"),
]
