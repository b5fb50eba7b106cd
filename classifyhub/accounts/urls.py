"""Pages outside any project: log in, one-time links, the person's own page, projects."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
