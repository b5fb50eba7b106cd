"""Time as the database sees it. Leases and due times compare with this clock, never with a worker's own."""

import datetime

from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils import timezone


def in_seconds(seconds: float) -> Combinable:
    """The moment ``seconds`` from now (or ago, when negative), as an expression for updates and filters."""
    shift = Value(datetime.timedelta(seconds=seconds))
    return ExpressionWrapper(Now() + shift, output_field=DateTimeField())


def database_now() -> datetime.datetime:
    """The database's time as an aware datetime; one round trip, for rows built in Python."""
    sql = (
        "SELECT STATEMENT_TIMESTAMP()"
        if connection.vendor == "postgresql"
        else "SELECT STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        value = cursor.fetchone()[0]
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value).replace(tzinfo=datetime.UTC)
    return value if timezone.is_aware(value) else value.replace(tzinfo=datetime.UTC)
