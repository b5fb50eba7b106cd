"""The web server's door: ``gunicorn classifyhub.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifyhub.settings")

application = get_wsgi_application()
