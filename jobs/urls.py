"""Pages of the desk itself: home, upload, runs, jobs, documents, review, operation."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = [
    # Home
    # Upload
    # Runs and jobs
    # Documents
    # Review
    # Operation
]
