# One image for web, worker and beat; compose.yaml says which is which.
FROM python:3.11-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.lock /tmp/
# The “embedded” packages of this file bring pg_dump and pg_restore as new as compose.yaml's PostgreSQL: Debian's are older.
RUN /venv/bin/pip install --require-hashes -r /tmp/requirements.lock

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /app duckrow \
    && mkdir -p /app /var/lib/duckrow && chown duckrow /var/lib/duckrow
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DUCKROW_MODE=production DUCKROW_VAR=/var/lib/duckrow WEB_CONCURRENCY=2
USER duckrow
VOLUME /var/lib/duckrow
EXPOSE 8000
# Asked under the site's own name: any other is refused.
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s CMD ["python", "-c", "import os, urllib.parse as p, urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': p.urlsplit(os.environ['SITE_URL']).netloc}), timeout=4)"]
CMD ["sh", "-c", "python manage.py migrate --noinput && python manage.py collectstatic --noinput --verbosity 0 && exec gunicorn config.wsgi --bind 0.0.0.0:8000 --worker-class gthread --threads 4 --timeout 30 --worker-tmp-dir /dev/shm --no-control-socket"]
