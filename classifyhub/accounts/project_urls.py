"""A project's settings and its audit log."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
