"""All addresses. What belongs to a project lives under /p/<slug>/, so that two tabs can be in two projects."""

from django.urls import URLPattern, URLResolver, include, path

from classifyhub import health
from jobs.views import hooks, metrics
from rules.views import projects

project_urls: list[URLPattern | URLResolver] = [
    path("", include("jobs.urls")),
    path("", include("rules.urls")),
    path("", include("classifyhub.accounts.project_urls")),
]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.show, name="metrics"),
    path("", include("classifyhub.accounts.urls")),
    path("projects/new/", projects.new, name="project_new"),
    path("hooks/llamacloud/<uuid:connection>/", hooks.llamacloud_hook, name="llamacloud_hook"),
    path("p/<slug:project>/", include(project_urls)),
]
