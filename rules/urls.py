"""Presets: list, editor, versions."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
