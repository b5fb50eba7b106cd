"""The settings of the suite: the project's own, on a data folder that lives as long as the test run.

A developer's ``DATABASE_URL`` or keys must never reach a test, so the environment is emptied before it is read. The
database and broker of the second run, on PostgreSQL and Redis, come from ``tests.support.team_services``.
"""

import os
import tempfile

from classifyhub.environment import NAMES, prepare_data_dir

_folder = tempfile.TemporaryDirectory(prefix="classifyhub-tests-", ignore_cleanup_errors=True)

for name in NAMES:
    os.environ.pop(name, None)
os.environ["CLASSIFYHUB_DATA_DIR"] = os.path.realpath(_folder.name)
os.environ["CLASSIFYHUB_EMBEDDING_MODEL"] = "off"  # made once in a data folder, in seconds of processor
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
os.environ["CELERY_BROKER_URL"] = os.environ.get("TEST_BROKER_URL", "")

from classifyhub.settings import *  # noqa: E402, F403 - everything but what stands below
from classifyhub.settings import DATA_DIR, DATABASES, STORAGES  # noqa: E402 - the environment comes first

prepare_data_dir(DATA_DIR)

# The very database that settings name, and not one beside it: worker processes that are started with the same
# environment then share it. A file, because memory cannot be shared, and because threads of a test then meet each
# other's locks as processes do in the field.
DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"]}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a tenth of a second saved per person made

# Hashed names need collectstatic before each run; tests read what is in static/ now.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
