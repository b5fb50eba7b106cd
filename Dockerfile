# syntax=docker/dockerfile:1
# One image for every process of the team mode; docker-compose.yml says which command each runs.

FROM python:3.12-slim-bookworm AS build
WORKDIR /srv
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/embeddings.txt requirements/
RUN python -m venv /srv/.venv \
    && /srv/.venv/bin/pip install --require-hashes --no-deps --requirement requirements/embeddings.txt

FROM python:3.12-slim-bookworm
# Scans are read by tesseract; every language is a package of its own, of 1 to 6 MB. Security updates of the
# distribution are wanted here, so no version is pinned.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tesseract-ocr tesseract-ocr-deu tesseract-ocr-eng \
        tesseract-ocr-fra tesseract-ocr-ita tesseract-ocr-nld tesseract-ocr-por tesseract-ocr-spa \
    && rm -rf /var/lib/apt/lists/*
# Numbers and not names, so that an orchestrator can see that this is not root. The group owns the shared volume.
RUN groupadd --gid 10001 classifyhub \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /srv --shell /usr/sbin/nologin classifyhub \
    && install -d -o 10001 -g 10001 /data
WORKDIR /srv
COPY --from=build /srv/.venv /srv/.venv
COPY . .
# The engine's knowledge pack, put together once instead of at every start.
RUN /srv/.venv/bin/python -c "from classifyhub.engine import kinds, naming; kinds.load_index(); naming.load_names()"
ENV PATH=/srv/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=classifyhub.settings \
    CLASSIFYHUB_DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8000
# The workers and the clock replace this by a check of their own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "classifyhub.wsgi", "--bind=0.0.0.0:8000", "--worker-class=gthread", "--workers=2", "--threads=8", \
     "--graceful-timeout=30", "--worker-tmp-dir=/dev/shm", "--no-control-socket", "--log-level=warning"]
