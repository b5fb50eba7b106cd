"""The web server's door: ``gunicorn classifyhub.wsgi``."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from classifyhub.environment import prepare_data_dir

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifyhub.settings")

prepare_data_dir(settings.DATA_DIR)
if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
    settings.DATABASES["default"]["OPTIONS"]["pool"] = settings.WEB_CONNECTION_POOL
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0  # back into the pool after each request

application = get_wsgi_application()
_ = get_resolver().url_patterns  # loads the views now, and not while the first person waits
