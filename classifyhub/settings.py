"""All settings, fed by the environment (``environment.py`` reads it, ``.env.example`` documents it)."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels
from django.utils.functional import SimpleLazyObject
from kombu import Queue

from classifyhub import logs
from classifyhub.environment import Environment, stored_secrets

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = Environment.read(os.environ, base_dir=BASE_DIR)

DATA_DIR = ENVIRONMENT.data_dir
PUBLIC_URL = ENVIRONMENT.public_url
METRICS_TOKEN = ENVIRONMENT.metrics_token  # empty: the figures are shown to this machine alone
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies  # how many entries at the right of X-Forwarded-For are believed
MAX_UPLOAD = ENVIRONMENT.max_upload  # bytes, of one document
FETCH_NETWORKS = ENVIRONMENT.fetch_networks  # inside our own, that documents may be fetched from
FETCH_PORTS = ENVIRONMENT.fetch_ports
EMBEDDING_MODEL = ENVIRONMENT.embedding_model  # of the local engine; empty for the one that comes with it

# Lazy, so that commands that need no secret (classify, collectstatic in an image build) write none.
SECRET_KEY: Any = ENVIRONMENT.secret_key or SimpleLazyObject(lambda: stored_secrets(DATA_DIR)["secret_key"])
ENCRYPTION_KEYS: Any = ENVIRONMENT.encryption_keys or SimpleLazyObject(
    lambda: (stored_secrets(DATA_DIR)["encryption_key"],)
)

# --- Applications ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "classifyhub.apps.ClassifyHubConfig",
    "classifyhub.accounts",
    "rules",
    "jobs",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "lucide",
    "csp",
]

MIDDLEWARE = [
    "classifyhub.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "classifyhub.middleware.PackPagesMiddleware",  # within the one that has its files packed already
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "classifyhub.accounts.middleware.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "classifyhub.middleware.FormAddressMiddleware",
]

ROOT_URLCONF = "classifyhub.urls"
WSGI_APPLICATION = "classifyhub.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jobs.navigation.desk",
            ],
        },
    },
]

# --- Database --------------------------------------------------------------------------------------------------------

DATABASES: dict[str, Any] = {"default": ENVIRONMENT.database}

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Measured with four writers: IMMEDIATE and WAL gave no "database is locked", Django's defaults 416 in 1,200.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
        "PRAGMA secure_delete=ON;",  # what is erased is gone from the file too
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)

# Opening a connection takes 2.5 ms of processor, as much as three queries, so each thread keeps its own from request to
# request and from task to task. A server that went away meanwhile is noticed before the next one starts.
DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}

# Of PostgreSQL, per web process, in place of that (wsgi.py).
WEB_CONNECTION_POOL = {"min_size": 1, "max_size": 12, "timeout": 10}

# --- People ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = "login"
MESSAGE_LEVEL = message_levels.INFO

# --- Language and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- Files -----------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {"BACKEND": "classifyhub.static_names.StaticNames"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False

# An upload goes straight to a file beside its final place, so that keeping it is a rename.
FILE_UPLOAD_HANDLERS = ["jobs.uploads.HashingUploadHandler"]
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "tmp"
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 10**6  # of a request without its files: presets come as JSON
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 1_000  # a folder sent by a browser without JavaScript

# --- Security --------------------------------------------------------------------------------------------------------

DEBUG = False
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENVIRONMENT.trusted_origins

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "classifyhub_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENVIRONMENT.is_https
CSRF_COOKIE_NAME = "classifyhub_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = ENVIRONMENT.is_https

if ENVIRONMENT.is_https:
    # gunicorn speaks plain HTTP behind whatever ends TLS; that proxy says so in this header.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = int(timedelta(days=30).total_seconds())

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

SILENCED_SYSTEM_CHECKS = [
    "files.E001",  # FILE_UPLOAD_TEMP_DIR: each server makes its data folder at start, and a check must not
    "security.W005",  # HSTS for subdomains: the neighbours of this host are not ours to decide for
    "security.W021",  # HSTS preload: likewise, and it cannot be taken back
]

# --- Tasks -----------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = ENVIRONMENT.broker_url
# A second try and no more: by itself kombu goes on for six seconds, in which whoever queues something waits.
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"max_retries": 1, "interval_start": 0} | (
    {}
    if ENVIRONMENT.has_embedded_broker
    else {
        # Longer than any task of `local` may last, else Redis hands a running task out a second time. Without the two
        # restore knobs a dead worker's tasks come back only 100 s later than that.
        "visibility_timeout": 600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "health_check_interval": 25,
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_EAGER_RESULT = False

# `local`: CPU work in a process pool. `call`: threads, and the only tasks that may wait for somebody else's answer.
CELERY_TASK_DEFAULT_QUEUE = "local"
CELERY_TASK_QUEUES = [Queue("local"), Queue("call")]
CELERY_TASK_ROUTES = {
    f"jobs.tasks.{name}": {"queue": "call"}
    for name in (
        "poll",
        "sweep",
        "dispatch",
        "call_job",
        "fetch_document",
        "erase_cleared",
        "erase_run",
        "finish_erasing",
        "settle_doubt",
        "look_again",
        "prune",
        "tidy_copies",
        "withdraw",
    )
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_TASK_PUBLISH_RETRY = False  # the sweeper enqueues again; a request must not wait for a broker that is away

# Else Celery closes the database connection around each task. Broken ones are closed by classifyhub/celery.py.
CELERY_DB_REUSE_MAX = 500
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3.0 if ENVIRONMENT.has_embedded_broker else 20.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# On with Redis: without it a busy worker went deaf after a Redis restart, 6 times of 6. The queue file cannot
# broadcast, and has no connection to lose.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = not ENVIRONMENT.has_embedded_broker

CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "jobs.tasks.sweep", "schedule": 10.0, "options": {"expires": 10}},
    "finish_erasing": {
        "task": "jobs.tasks.finish_erasing",
        "schedule": crontab(minute=41),
        "options": {"expires": 3000},
    },
    "prune": {"task": "jobs.tasks.prune", "schedule": crontab(hour=3, minute=17), "options": {"expires": 3600}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "clock")

# --- Logs ------------------------------------------------------------------------------------------------------------

LOGGING = logs.configure(log_format=ENVIRONMENT.log_format, level=ENVIRONMENT.log_level)
