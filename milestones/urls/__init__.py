from milestones.urls import course, money, offers

app_name = "milestones"
urlpatterns = [*offers.urlpatterns, *course.urlpatterns, *money.urlpatterns]
