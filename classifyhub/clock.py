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
        value: str | datetime.datetime = cursor.fetchone()[0]
    moment = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=datetime.UTC)
