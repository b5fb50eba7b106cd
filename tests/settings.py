"""Settings of the test run: a data folder of its own, and nothing that is slow on purpose."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["CLASSIFYHUB_DATA_DIR"] = tempfile.mkdtemp(prefix="classifyhub-tests-")
atexit.register(shutil.rmtree, os.environ["CLASSIFYHUB_DATA_DIR"], ignore_errors=True)

from classifyhub.environment import prepare_data_dir
from classifyhub.settings import *  # noqa: F403
from classifyhub.settings import DATA_DIR, DATABASES, STORAGES

prepare_data_dir(DATA_DIR)

# A file, not memory: threads of a test meet each other's locks as processes do in the field.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA_DIR) / "test.sqlite3")}
else:
    DATABASES["default"]["OPTIONS"].pop("pool")  # the test database is dropped at the end; a pool would hold it

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
