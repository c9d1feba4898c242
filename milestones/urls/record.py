from django.urls import path

from milestones.views import record

urlpatterns = [
    path("record/", record.record, name="record"),
    path("record/<int:pk>/appeal", record.appeal, name="appeal"),
    path("appeals/<int:pk>/", record.answer, name="appeal_answer"),
]
