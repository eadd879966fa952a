# One image for every Airflow service of docker-compose.yml: Python, what requirements.lock pins, this project.
FROM python:3.11-slim-bookworm

ENV AIRFLOW_HOME=/opt/airflow \
    REKISTERI_HOME=/var/lib/rekisteri \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUTF8=1 \
    GX_ANALYTICS_ENABLED=false \
    DO_NOT_TRACK=1

# The folders that volumes are mounted on: a new volume takes over its owner.
RUN groupadd --gid 10001 rekisteri \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /opt/airflow --shell /usr/sbin/nologin rekisteri \
    && install -d -o 10001 -g 10001 -m 0700 /opt/airflow /var/log/airflow /var/lib/rekisteri /var/lib/rekisteri/audit

WORKDIR /opt/rekisteri

# Only what runs in production, in the versions of the lock: neither its tests' tools nor its embedded server. An empty
# package stands in for the code, so that a change of code does not install all of it again.
COPY pyproject.toml requirements.lock README.md ./
RUN mkdir -p plugins/rekisteri \
    && touch plugins/rekisteri/__init__.py \
    && pip install --no-cache-dir --disable-pip-version-check --only-binary :all: \
        --constraint requirements.lock --editable '.[celery]'

COPY dags dags
COPY plugins plugins
COPY include include

USER 10001:10001
