"""Addresses for the sidebar alone, so that its test does not depend on which pages exist."""

from django.http import HttpResponse
from django.urls import path


def _answer(request, project):
    return HttpResponse()


urlpatterns = [
    path("p/<slug:project>/", _answer, name="home"),
    *(
        path(f"p/<slug:project>/{folder}/", _answer, name=name)
        for name, folder in {
            "upload": "upload",
            "review": "review",
            "runs": "runs",
            "presets": "presets",
            "stuck": "stuck",
            "audit_log": "audit",
            "settings_project": "settings",
        }.items()
    ),
]
