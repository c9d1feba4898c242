"""The Celery app. Tasks carry no payload: the truth is rows, the queue is a doorbell (ADR 0002)."""

import os

from celery import Celery
from kombu.transport import redis, virtual

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("duckrow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["core", "contractors", "reminders"])


# What kombu's channel does when the broker dies, put right; until a release of it does. A message that is not
# acknowledged is given out again, which costs a look at the rows.
class QoS(redis.QoS):  # type: ignore[misc]
    """Forgets a message also when the broker didn't hear that it is done.

    Celery only logs such a failure, and kombu goes on counting the message as being worked on. As many of them as a
    worker takes at a time, one in a single thread, and it asks for no more: alive, connected and deaf until somebody
    restarts it. A task that outlived its connection has nobody to tell: asking for one anew ended the worker.
    """

    def ack(self, delivery_tag: str) -> None:
        try:
            if not self.channel.closed:
                super().ack(delivery_tag)
        finally:
            virtual.QoS.ack(self, delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            if not self.channel.closed:
                super().reject(delivery_tag, requeue=requeue)
        finally:
            virtual.QoS.ack(self, delivery_tag)


class Channel(redis.Channel):  # type: ignore[misc]
    """Closes to the end. It first reads what it still waits for; when that told it that the broker is gone, it stopped
    there, and the second attempt, without a connection by then, ended a worker that had a task in hand."""

    QoS = QoS

    def close(self) -> None:
        try:
            super().close()
        except redis.Transport.connection_errors:
            super().close()


redis.Transport.Channel = Channel
