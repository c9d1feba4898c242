from django.urls import path

from milestones.views import agreeing, engagement_new, offer, offer_drafts, questions, signing

urlpatterns = [
    path("engagements/new", engagement_new.engagement_new, name="engagement_new"),
    path("engagements/new/preview", engagement_new.preview, name="offer_preview"),
    path("engagements/new/template", engagement_new.from_template, name="offer_from_template"),
    path("engagements/new/choices", engagement_new.choices, name="offer_choices"),
    path("engagements/new/save", offer_drafts.save, name="offer_draft_save"),
    path("offer-drafts/<int:pk>/discard", offer_drafts.discard, name="offer_draft_discard"),
    path("offers/<str:token>/", offer.offer, name="offer"),
    path("offers/<str:token>/join", offer.join, name="offer_join"),
    path("offers/<str:token>/ask", offer.ask, name="offer_ask"),
    path("engagements/<int:pk>/ask", signing.ask, name="ask"),
    path("offer-questions/<int:pk>/answer", questions.answer, name="answer"),
    path("engagements/<int:pk>/offer", signing.send, name="send_offer"),
    path("engagements/<int:pk>/link/renew", signing.renew, name="renew_link"),
    path("engagements/<int:pk>/link/revoke", signing.revoke, name="revoke_link"),
    path("engagements/<int:pk>/withdraw", signing.withdraw, name="withdraw_offer"),
    path("engagements/<int:pk>/decline", signing.decline, name="decline_offer"),
    path("engagements/<int:pk>/sign", signing.estimate_and_sign, name="estimate_and_sign"),
    path("engagements/<int:pk>/agree", signing.agree, name="agree"),
    path("engagements/<int:pk>/cut", agreeing.cut, name="cut"),
    path("engagements/<int:pk>/estimates/ask", agreeing.ask_them, name="ask_them"),
    path("engagements/<int:pk>/estimates/faster", agreeing.faster, name="ask_faster"),
    path("engagements/<int:pk>/send-back", signing.send_estimates_back, name="send_back"),
]
