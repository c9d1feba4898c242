"""The Celery app. Tasks carry no payload: the truth is rows, the queue is a doorbell (ADR 0002)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("duckrow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["core", "contractors", "reminders"])
