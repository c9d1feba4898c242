from milestones.urls import course, disputes, invoices, money, offers, record

app_name = "milestones"
urlpatterns = [
    *offers.urlpatterns,
    *course.urlpatterns,
    *disputes.urlpatterns,
    *money.urlpatterns,
    *invoices.urlpatterns,
    *record.urlpatterns,
]
