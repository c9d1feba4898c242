from milestones.urls import course, invoices, money, offers, record

app_name = "milestones"
urlpatterns = [*offers.urlpatterns, *course.urlpatterns, *money.urlpatterns, *invoices.urlpatterns, *record.urlpatterns]
