"""The rail beside the rules, showing what the draft would change among decided documents."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from classifyhub.htmx import render_page
from jobs import forecasting
from rules.views.finding import find_preset


@require_safe
@project_view(Role.AUTHOR)
def preset_forecast(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Told anew each time it is asked for, and after each change of the draft while it is open."""
    preset = find_preset(project, uid)
    context: dict[str, Any] = {"preset": preset, "most": forecasting.MOST}
    try:
        context["forecast"] = forecasting.forecast(preset)
    except forecasting.NoForecastError as error:
        context["trouble"] = str(error)
    return render_page(request, "jobs/forecast.html", "jobs/_forecast.html", context)
