"""The broker as a kombu transport: what a message goes through. Real workers are in ``test_broker_workers.py``."""

import sqlite3
import threading
import time

import pytest
from kombu import Connection
from kombu.exceptions import OperationalError

from classifyhub import broker


@pytest.fixture
def url(tmp_path):
    return f"sqlite-queue:///{tmp_path}/queue.sqlite3"


@pytest.fixture
def channel(url):
    with Connection(url) as connection, connection.channel() as channel:
        yield channel


@pytest.fixture
def other(url):
    """A second worker."""
    with Connection(url) as connection, connection.channel() as channel:
        yield channel


def put(channel, *bodies, queue="local"):
    for body in bodies:
        channel.basic_publish(channel.prepare_message(body, content_type="text/plain"), "", queue)


def take(channel, queue="local"):
    message = channel.basic_get(queue)
    return message and message.body.decode()


def test_messages_come_in_the_order_they_were_put(channel):
    put(channel, "first", "second", "third")

    assert [take(channel), take(channel), take(channel), take(channel)] == ["first", "second", "third", None]


def test_queues_do_not_mix(channel):
    put(channel, "to call", queue="call")

    assert take(channel) is None
    assert take(channel, "call") == "to call"


def test_what_one_worker_took_no_other_gets(channel, other):
    put(channel, "mine")

    assert take(channel) == "mine"
    assert take(other) is None


def test_an_acknowledged_message_is_gone_for_good(channel, other, monkeypatch):
    monkeypatch.setattr(broker, "LEASE", 0)
    put(channel, "done")

    channel.basic_get("local").ack()

    assert take(other) is None
    assert channel.db.execute("SELECT count(*) FROM message").fetchone() == (0,)


def test_a_rejected_message_is_gone_unless_it_is_to_be_queued_again(channel, other):
    put(channel, "drop", "keep")

    channel.basic_get("local").reject()
    channel.basic_get("local").requeue()

    assert take(other) == "keep"
    assert take(other) is None


def test_a_message_given_back_keeps_its_place_in_the_queue(channel):
    put(channel, "first", "second")

    channel.basic_get("local").requeue()

    assert take(channel) == "first"


def test_when_the_lease_runs_out_another_worker_gets_the_message(channel, other, monkeypatch):
    monkeypatch.setattr(broker, "LEASE", 0.05)
    put(channel, "left behind")
    assert take(channel) == "left behind"

    time.sleep(0.06)

    assert take(other) == "left behind"


def test_a_late_acknowledgement_does_not_touch_a_newer_message(channel, other, monkeypatch):
    monkeypatch.setattr(broker, "LEASE", 0)
    put(channel, "slow")
    late = channel.basic_get("local")
    other.basic_get("local").ack()
    put(channel, "newer")

    late.ack()

    assert take(other) == "newer"


def test_a_lease_is_renewed_while_its_worker_looks_for_more(channel, other, monkeypatch):
    monkeypatch.setattr(broker, "LEASE", 0.3)
    put(channel, "long work")
    assert take(channel) == "long work"

    end = time.monotonic() + 0.8
    while time.monotonic() < end:
        channel.qos.can_consume()
        assert take(other) is None
        time.sleep(0.02)


def test_an_acknowledged_message_is_not_renewed(channel, monkeypatch):
    monkeypatch.setattr(broker, "LEASE", 0)
    put(channel, "done", "at work")
    channel.basic_get("local").ack()
    channel.basic_get("local")
    monkeypatch.setattr(broker, "LEASE", 60)

    channel.qos.renewed_at = 0
    channel.qos.can_consume()

    [(left,)] = channel.db.execute("SELECT visible_at FROM message").fetchall()
    assert left > time.time() + 50


def test_closing_the_channel_gives_back_what_it_held_at_once(url, other):
    with Connection(url) as connection, connection.channel() as channel:
        put(channel, "unfinished")
        assert take(channel) == "unfinished"
        assert take(other) is None

    assert take(other) == "unfinished"


def test_size_and_purge_count_what_waits_and_leave_what_is_taken(channel):
    put(channel, "taken", "waits", "waits too")
    put(channel, "elsewhere", queue="call")
    held = channel.basic_get("local")

    assert channel.queue_declare("local", passive=True).message_count == 2
    assert channel.queue_purge("local") == 2
    assert channel.queue_declare("local", passive=True).message_count == 0
    assert channel.queue_declare("call", passive=True).message_count == 1
    assert channel.db.execute("SELECT id FROM message WHERE queue = 'local'").fetchall() == [(held.delivery_tag,)]


def test_every_thread_has_a_connection_of_its_own(channel):
    connections = [channel.db, channel.db]
    thread = threading.Thread(target=lambda: connections.append(channel.db))
    thread.start()
    thread.join()

    assert connections[0] is connections[1]
    assert connections[2] is not connections[0]


def test_messages_outlive_the_process_that_put_them(url, channel):
    put(channel, "from before")
    broker._opened.clear()

    assert take(channel) == "from before"


def test_a_folder_that_cannot_be_used_is_a_failed_connection(tmp_path):
    (tmp_path / "file").write_text("not a folder")

    with (
        pytest.raises(OperationalError, match="unable to open database file"),
        Connection(f"sqlite-queue:///{tmp_path}/file/queue.sqlite3") as connection,
    ):
        connection.ensure_connection(max_retries=1, interval_start=0, reraise_as_library_errors=True)


def test_an_acknowledgement_that_fails_lets_the_lease_run_out(channel, monkeypatch):
    monkeypatch.setattr(broker, "LEASE", 0)
    put(channel, "stubborn")
    message = channel.basic_get("local")
    channel.db.execute("PRAGMA query_only = ON")

    with pytest.raises(sqlite3.OperationalError):
        message.ack()
    channel.db.execute("PRAGMA query_only = OFF")
    monkeypatch.setattr(broker, "LEASE", 60)
    channel.qos.renewed_at = 0
    channel.qos.can_consume()

    assert take(channel) == "stubborn"
