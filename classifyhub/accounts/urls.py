"""Pages outside any project: log in, one-time links, the person's own page."""

from django.urls import URLPattern, path

from classifyhub.accounts.views import entrance, me

urlpatterns: list[URLPattern] = [
    path("", entrance.start, name="start"),
    path("login/", entrance.log_in, name="login"),
    path("logout/", entrance.log_out, name="logout"),
    path("link/", entrance.one_time_link, name="use_link"),
    path("link/<str:token>/", entrance.one_time_link, name="one_time_link"),
    path("me/", me.me, name="me"),
    path("me/appearance/", me.appearance, name="me_appearance"),
    path("me/password/", me.change_password, name="me_password"),
    path("me/preferences/", me.keep_preference, name="preferences"),
]
