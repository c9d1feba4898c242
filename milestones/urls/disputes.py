from django.urls import path

from milestones.views import disputes

urlpatterns = [
    path("milestones/<int:pk>/dispute", disputes.dispute, name="dispute"),
    path("milestones/<int:pk>/dispute/take-back", disputes.take_back, name="dispute_take_back"),
    path("milestones/<int:pk>/dispute/state", disputes.state, name="dispute_state"),
    path("milestones/<int:pk>/dispute/decide", disputes.decide, name="dispute_decide"),
]
