"""The Celery app. Tasks carry no payload: the truth is rows, the queue is a doorbell (ADR 0002)."""

import os

from celery import Celery
from kombu.transport import redis, virtual

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("duckrow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["core", "contractors", "reminders"])


class QoS(redis.QoS):  # type: ignore[misc]
    """Forgets a message also when the broker didn't hear that it is done.

    Celery only logs such a failure, and kombu goes on counting the message as being worked on. As many of them as a
    worker takes at a time, one in a single thread, and it asks for no more: alive, connected and deaf until somebody
    restarts it. The broker gives the message out again after its visibility timeout, which costs a look at the rows.
    """

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue=requeue)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


redis.Channel.QoS = QoS
