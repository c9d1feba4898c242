from milestones.urls import money, offers

app_name = "milestones"
urlpatterns = [*offers.urlpatterns, *money.urlpatterns]
