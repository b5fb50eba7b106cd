"""Every request has a name, and a page is sent packed."""

import gzip
import re

import pytest
import structlog
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from classifyhub import middleware
from classifyhub.middleware import PackPagesMiddleware, RequestIdMiddleware


def answer(**headers):
    """The header of the answer, and what was bound meanwhile."""
    seen = {}

    def view(_request):
        seen.update(structlog.contextvars.get_contextvars())
        return HttpResponse()

    response = RequestIdMiddleware(view)(RequestFactory().get("/", headers=headers))
    return response["X-Request-ID"], seen["request_id"]


def test_a_request_without_a_name_gets_one():
    header, bound = answer()

    assert header == bound
    assert re.fullmatch(r"[0-9a-f]{32}", header)
    assert answer()[0] != header


def test_a_proxy_s_name_is_kept():
    assert answer(**{"X-Request-ID": "Root=1-67891233.abc_2"})[0] != "Root=1-67891233.abc_2"
    assert answer(**{"X-Request-ID": "1-67891233.abc_2"}) == ("1-67891233.abc_2", "1-67891233.abc_2")


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", "a\x1b[31m", "ü"])
def test_what_does_not_look_like_an_id_is_replaced(given):
    header, _bound = answer(**{"X-Request-ID": given})

    assert re.fullmatch(r"[0-9a-f]{32}", header)


def test_the_name_is_forgotten_afterwards():
    answer()

    assert "request_id" not in structlog.contextvars.get_contextvars()


def test_what_changes_something_is_logged_by_its_route_and_the_reading_of_pages_is_not(client, caplog, monkeypatch):
    monkeypatch.setattr(middleware, "SLOW", 3600)

    client.get("/healthz")
    client.post("/healthz?secret=1")

    [line] = [record.msg for record in caplog.records if record.name == "classifyhub.middleware"]
    told = {name: line[name] for name in ("event", "method", "route", "status")}
    assert told == {"event": "request", "method": "POST", "route": "healthz", "status": 405}
    assert "secret" not in str(line)


def test_what_takes_long_is_logged_whatever_it_was(client, caplog, monkeypatch):
    monkeypatch.setattr(middleware, "SLOW", 0)

    client.get("/healthz")

    assert [record.msg["method"] for record in caplog.records if record.name == "classifyhub.middleware"] == ["GET"]


# --- Pages sent packed ----------------------------------------------------------------------------------------------

PAGE = "<p>Nothing waits.</p>" * 50


def send(response: HttpResponseBase, **headers: str) -> HttpResponseBase:
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip, br"} | headers)
    return PackPagesMiddleware(lambda _request: response)(request)


def test_a_page_is_packed_for_a_browser_that_takes_it_so():
    packed = send(HttpResponse(PAGE))
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(PAGE) / 3
    assert gzip.decompress(packed.content).decode() == PAGE


def test_a_page_is_sent_as_it_is_to_who_does_not_ask_for_less():
    plain = send(HttpResponse(PAGE), **{"Accept-Encoding": "identity"})
    assert plain.content.decode() == PAGE
    assert plain["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(PAGE, content_type="image/webp"),
        JsonResponse({"answers": PAGE}),
        StreamingHttpResponse([PAGE], content_type="text/html"),
    ],
)
def test_what_is_no_page_is_left_alone(response):
    assert "Content-Encoding" not in send(response)
