"""For load balancers and people on call."""

from datetime import timedelta

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.models import Heartbeat, OutboxMail, OutboxStatus

migrations_applied = False  # once true it stays true for the life of this process


def database_is_ready() -> bool:
    """Whether the database answers and every migration of this code is applied."""
    global migrations_applied
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not migrations_applied:
            executor = MigrationExecutor(connection)
            migrations_applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False
    return migrations_applied


def broker_answers() -> bool:
    """Whether a Redis-protocol broker answers a ping within a second; the folder transport always does."""
    if not settings.BROKER_URL.startswith("redis"):
        return True
    try:
        client = redis.Redis.from_url(settings.BROKER_URL, socket_timeout=1, socket_connect_timeout=1)
        return bool(client.ping())
    except redis.RedisError:
        return False


@never_cache
@require_safe
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is alive."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """503 only when the database or a migration is missing. A missing broker or a late sweep is *degraded*: pages
    work, notices wait."""
    if not database_is_ready():
        return JsonResponse({"status": "unavailable", "database": False}, status=503)
    now = timezone.now()
    # Anybody may ask, so the broker is asked at most once in five seconds.
    broker = cache.get_or_set("readyz-broker", broker_answers, 5)
    beats = {beat.job: round((now - beat.at).total_seconds()) for beat in Heartbeat.objects.all()}
    oldest = (
        OutboxMail.objects.exclude(status__in=(OutboxStatus.SENT, OutboxStatus.DEAD))
        .filter(not_before__lte=now)
        .order_by("not_before")
        .values_list("not_before", flat=True)
        .first()
    )
    late = {
        "broker": not broker,
        "sweep": beats.get("sweep", 10**9) > max(300, 5 * settings.SWEEP_EVERY),
        "mail": oldest is not None and now - oldest > timedelta(minutes=10),
    }
    return JsonResponse(
        {
            "status": "degraded" if any(late.values()) else "ok",
            "degraded": [name for name, is_late in late.items() if is_late],
            "database": True,
            "broker": broker,
            "seconds_since": beats,
            "oldest_unsent_mail_seconds": round((now - oldest).total_seconds()) if oldest else 0,
        }
    )
