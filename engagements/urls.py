from django.urls import path

from engagements.views import agreements, capabilities, engagements, goals, needs, read_backs, templates

app_name = "engagements"
urlpatterns = [
    path("templates/", templates.index, name="templates"),
    path("templates/new", templates.new, name="template_new"),
    path("templates/<int:pk>/", templates.detail, name="template"),
    path("templates/<int:pk>/draft", templates.new_draft, name="new_draft"),
    path("template-versions/<int:pk>/edit", templates.version_edit, name="version_edit"),
    path("template-versions/<int:pk>/publish", templates.publish, name="publish"),
    path("templates/<int:pk>/compare", templates.compare, name="template_compare"),
    path("template-versions/<int:pk>/file", templates.as_file, name="version_file"),
    path("template-versions/<int:pk>/duplicate", templates.duplicate, name="duplicate"),
    path("template-versions/<int:pk>/retire", templates.retire, name="retire"),
    path("template-versions/<int:pk>/opening", templates.opening_new, name="opening_new"),
    path("clarity/", goals.check, name="clarity"),
    path("objectives/", goals.index, name="objectives"),
    path("objectives/<int:pk>/retire", goals.retire, name="objective_retire"),
    path("capabilities/", capabilities.index, name="capabilities"),
    path("capabilities/<int:pk>/", capabilities.detail, name="capability"),
    path("capabilities/<int:pk>/retire", capabilities.retire, name="capability_retire"),
    path("engagements/", engagements.index, name="engagements"),
    path("engagements/<int:pk>/", engagements.detail, name="engagement"),
    path("engagements/<int:pk>/goals", goals.engagement_goals, name="engagement_goals"),
    path("needs/<int:pk>/stand", needs.stand, name="need_stand"),
    path("needs/<int:pk>/fall", needs.fall, name="need_fall"),
    path("engagements/<int:pk>/message", engagements.message, name="message"),
    path("engagements/<int:pk>/check-in", engagements.check_in, name="check_in"),
    path("engagements/<int:pk>/conversation/", engagements.conversation, name="conversation"),
    path("engagements/<int:pk>/history/", engagements.history, name="engagement_history"),
    path("engagements/<int:pk>/agreement/", agreements.agreement, name="agreement"),
    path("engagements/<int:pk>/agreement/paper", agreements.paper, name="agreement_paper"),
    path("engagements/<int:pk>/agreement/verify", agreements.verify, name="agreement_verify"),
    path("engagements/<int:pk>/read-back", read_backs.read_back, name="read_back"),
    path("engagements/<int:pk>/read-back/accept", read_backs.accept, name="read_back_accept"),
    path("engagements/<int:pk>/read-back/ask-again", read_backs.ask_again, name="read_back_ask_again"),
]
