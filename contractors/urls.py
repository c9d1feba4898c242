from django.urls import path

from contractors.views import contractors, imports, openings, public, vetting

app_name = "contractors"
urlpatterns = [
    path("openings/", openings.index, name="openings"),
    path("openings/new", openings.new, name="opening_new"),
    path("openings/<int:pk>/", openings.detail, name="opening"),
    path("openings/<int:pk>/edit", openings.edit, name="opening_edit"),
    path("openings/<int:pk>/publish", openings.publish, name="opening_publish"),
    path("openings/<int:pk>/close", openings.close, name="opening_close"),
    path("openings/<int:pk>/imports/new", imports.new, name="import_new"),
    path("imports/<int:pk>/", imports.detail, name="import"),
    path("imports/<int:pk>/columns", imports.columns, name="import_columns"),
    path("imports/<int:pk>/confirm", imports.confirm, name="import_confirm"),
    path("imports/<int:pk>/discard", imports.discard, name="import_discard"),
    path("imports/<int:pk>/progress", imports.progress, name="import_progress"),
    path("imports/<int:pk>/bad-rows.csv", imports.bad_rows, name="import_bad_rows"),
    path("apply/<str:token>/", public.apply, name="apply"),
    path("apply/<str:token>/thanks/", public.applied, name="applied"),
    path("vetting/", vetting.queue, name="vetting"),
    path("applications/<int:pk>/", vetting.record, name="application"),
    path("applications/<int:pk>/scorecard", vetting.scorecard, name="scorecard"),
    path("applications/<int:pk>/decide", vetting.decide, name="decide"),
    path("contractors/", contractors.index, name="contractors"),
    path("contractors/<int:pk>/", contractors.detail, name="contractor"),
    path("claims/<int:pk>/check", contractors.claim_check, name="claim_check"),
]
