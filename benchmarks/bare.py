"""The control: the least that Django can do for the same work. One module, nothing of the product in it.

`/list/` is one query and fifty rows out of 100,000; `/list-auth/` is the same behind a session and its user (three
queries), the floor of any signed-in page. The database is named by BARE_URL.
"""

import os
from datetime import UTC, datetime

import environ
from django.conf import settings

LIST = """<!doctype html><title>Contractors</title><table>{% for row in rows %}<tr><td><a href="/{{ row.id }}/">
{{ row.name }}</a></td><td>{{ row.email }}</td><td>{{ row.status }}</td><td>{{ row.seen_at|date:"Y-m-d" }}</td></tr>
{% endfor %}</table>"""
TEMPLATES = {"list.html": LIST}
LOADER = ("django.template.loaders.cached.Loader", [("django.template.loaders.locmem.Loader", TEMPLATES)])

if not settings.configured:
    import django

    settings.configure(
        SECRET_KEY="k" * 50,
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
        DATABASES={"default": {**environ.Env.db_url_config(os.environ["BARE_URL"]), "CONN_MAX_AGE": 600}},
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": [LOADER]}},
        ],
    )
    django.setup()

from django.contrib.auth.middleware import AuthenticationMiddleware  # noqa: E402
from django.contrib.sessions.middleware import SessionMiddleware  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402


class Row(models.Model):
    name = models.CharField(max_length=100)
    email = models.CharField(max_length=200)
    status = models.CharField(max_length=20)
    seen_at = models.DateTimeField()

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return self.name


def fifty(request: HttpRequest) -> HttpResponse:
    return render(request, "list.html", {"rows": Row.objects.order_by("id")[:50]})


def signed_in(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    return fifty(request)


def search(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    found = Row.objects.filter(name__icontains=request.GET["q"]).order_by("id")[:50]
    return render(request, "list.html", {"rows": found})


def behind_session(view):  # type: ignore[no-untyped-def]
    return SessionMiddleware(AuthenticationMiddleware(view))


urlpatterns = [
    path("list/", fifty),
    path("list-auth/", behind_session(signed_in)),
    path("search/", behind_session(search)),
]
application = get_wsgi_application()


def seed(rows: int) -> str:
    """Make the tables and `rows` rows; returns the session cookie's value."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Row)
    now = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bare_row (name, email, status, seen_at) "
            "SELECT 'Contractor ' || n, 'c' || n || '@example.org', 'active', %s FROM generate_series(1, %s) n",
            [now, rows],
        )
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("CREATE INDEX ON bare_row USING gin (upper(name) gin_trgm_ops) WITH (fastupdate = off)")
        cursor.execute("ANALYZE")
    user = User.objects.create(username="bench")
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


if __name__ == "__main__":
    import sys

    print(seed(int(sys.argv[1])))
