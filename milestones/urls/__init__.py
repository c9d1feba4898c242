from milestones.urls import course, money, offers, record

app_name = "milestones"
urlpatterns = [*offers.urlpatterns, *course.urlpatterns, *money.urlpatterns, *record.urlpatterns]
