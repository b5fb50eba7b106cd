"""The web server's door: ``gunicorn classifyhub.wsgi``."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from classifyhub.environment import prepare_data_dir

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifyhub.settings")

prepare_data_dir(settings.DATA_DIR)
if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
    settings.DATABASES["default"]["OPTIONS"]["pool"] = settings.WEB_CONNECTION_POOL

application = get_wsgi_application()
