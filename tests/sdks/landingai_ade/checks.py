"""landingai-ade: classify each page of a document in one call; every response strictly validated."""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from checking import RULES, TYPES, Bench, check, equal, expect, main
from landingai_ade import (
    APIStatusError,
    AsyncLandingAIADE,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    LandingAIADE,
    UnprocessableEntityError,
)

CLASSES = [{"class": rule["type"], "description": rule["description"]} for rule in RULES]
TEXT = json.dumps(CLASSES)
VERDICT = [(0, "invoice"), (1, "lease"), (2, "unknown")]
HOST = "https://api.va.landing.ai"


def make_client(bench: Bench, *, key: str = "", **options: Any) -> Any:
    kind = AsyncLandingAIADE if bench.is_async else LandingAIADE
    where = {"base_url": bench.url} if bench.url else {}
    return kind(apikey=key or bench.key, _strict_response_validation=True, **where, **options)


async def classify(bench: Bench, name: str = "three_pages.pdf", *, classes: Any = TEXT, **options: Any) -> Any:
    if "document_url" not in options:
        options.setdefault("document", bench.file(name))
    return await bench.call(bench.client.classify, classes=classes, **options)


def pages_of(response: Any) -> list[tuple[int, str]]:
    return [(item.page, item.class_) for item in response.classification]


def post_raw(bench: Bench, fields: dict[str, Any], name: str = "three_pages.pdf") -> httpx.Response:
    files = {"document": (name, bench.file(name).read_bytes(), "application/pdf")}
    url = f"{bench.url or HOST}/v1/ade/classify"
    headers = {"Authorization": f"Bearer {bench.key}"}
    return httpx.post(url, headers=headers, data=fields, files=files, timeout=60, trust_env=False)


@check("classes given as a list are taken, and each page is answered, counted from 0")
async def _(bench: Bench) -> None:
    bench.ask("nothing")  # the real service answers 422
    equal(pages_of(await classify(bench, classes=CLASSES)), VERDICT)


@check("classes given as JSON text are taken")
async def _(bench: Bench) -> None:
    equal(pages_of(await classify(bench)), VERDICT)


@check("classes in brackets without numbers are taken")
async def _(bench: Bench) -> None:
    bench.ask("nothing")
    response = post_raw(bench, {"classes[][class]": TYPES})
    equal([item["class"] for item in response.json()["classification"]], [name for _page, name in VERDICT])


@check("a document comes as bytes, as a tuple and as an open file")
async def _(bench: Bench) -> None:
    path = bench.file("three_pages.pdf")
    with path.open("rb") as file:
        for document, name in (
            (path.read_bytes(), "upload"),
            (("a name.pdf", path.read_bytes(), "application/pdf"), "a name.pdf"),
            (file, "three_pages.pdf"),
        ):
            response = await classify(bench, document=document)
            equal(pages_of(response), VERDICT)
            equal(response.metadata.filename, name)


@check("a document is fetched from its address")
async def _(bench: Bench) -> None:
    bench.ask("nothing")
    response = await classify(bench, document_url=os.environ["CHECK_DOCUMENT_URL"])
    equal(pages_of(response), VERDICT[:2])


@check("a page that fits no class is unknown, and only there may a class be suggested")
async def _(bench: Bench) -> None:
    body = post_raw(bench, {"classes": TEXT}).json()
    expect(all("suggested_class" in item for item in body["classification"]), body)
    known, unknown = body["classification"][:2], body["classification"][2]
    equal([item["suggested_class"] for item in known], [None, None])
    equal(unknown["class"], "unknown")
    expect(unknown["suggested_class"] is None or isinstance(unknown["suggested_class"], str), unknown)


@check("classes with and without description are mixed")
async def _(bench: Bench) -> None:
    mixed = [{"class": "invoice"}, CLASSES[1], {"class": "receipt", "description": None}]
    equal((await classify(bench, "two_pages.pdf", classes=json.dumps(mixed))).classification[1].class_, "lease")


@check("the metadata say what was read, by which version, at what cost")
async def _(bench: Bench) -> None:
    first, second = (await classify(bench)).metadata, (await classify(bench)).metadata
    equal((first.page_count, first.filename), (3, "three_pages.pdf"))
    expect(first.duration_ms >= 0 and first.credit_usage >= 0, first)
    expect(first.job_id and first.job_id != second.job_id, first)
    expect(first.version, first)


@check("the latest model is a dated one; an unknown one is refused with the list of those that are")
async def _(bench: Bench) -> None:
    version = (await classify(bench, model="classify-latest")).metadata.version
    expect(version.removeprefix("classify-").isdigit(), version)
    error = await bench.fails(BadRequestError, classify, bench, model="classify-19990101")
    expect(version in str(error), error)


@check("a picture is one page, numbered 0")
async def _(bench: Bench) -> None:
    equal(pages_of(await classify(bench, "invoice.png")), [(0, "invoice")])


@check("tables and noise are refused alike")
async def _(bench: Bench) -> None:
    statuses = set()
    for name in ("table.csv", "table.xlsx", "noise.bin", "broken.pdf"):
        error = await bench.fails(APIStatusError, classify, bench, name)
        statuses.add(error.status_code)
    expect(len(statuses) == 1 and statuses <= {415, 422}, statuses)


@check("a document above the limit is refused with one request")
async def _(bench: Bench) -> None:
    before = len(bench.requests())
    error = await bench.fails(APIStatusError, classify, bench, "large.pdf")
    equal((error.status_code, len(bench.requests()) - before), (413, 1))


@check("a call without document, without classes or with nonsense is refused, and the field named")
async def _(bench: Bench) -> None:
    error = await bench.fails(UnprocessableEntityError, bench.client.classify, classes=TEXT)
    named = {item["loc"][-1] for item in error.body["detail"]}
    expect(named & {"document", "document_url"}, named)
    for classes in ("[]", "nonsense", '[{"name": "x"}]'):
        error = await bench.fails(UnprocessableEntityError, classify, bench, classes=classes)
        equal({item["loc"][-1] for item in error.body["detail"]}, {"classes"})


@check("a wrong key is refused with one request")
async def _(bench: Bench) -> None:
    stranger = bench.make_client(bench, key="wrong")
    document = bench.file("invoice.pdf")
    await bench.fails(AuthenticationError, stranger.classify, classes=TEXT, document=document)
    await bench.call(stranger.close)
    before = len(bench.requests())
    again = bench.make_client(bench, key="wrong")
    await bench.fails(AuthenticationError, again.classify, classes=TEXT, document=document)
    await bench.call(again.close)
    equal(len(bench.requests()) - before, 1)


@check("the SDK gets over one 429, and gives up on 503 after three requests")
async def _(bench: Bench) -> None:
    bench.expect("429", retry_after=1)
    equal(pages_of(await classify(bench)), VERDICT)
    before = len(bench.requests())
    bench.expect("503", 3, retry_after=0.1)
    await bench.fails(InternalServerError, classify, bench)
    equal(len(bench.requests()) - before, 3)


@check("an answer lost on the way is asked for again, and paid twice")
async def _(bench: Bench) -> None:
    before = bench.ask("accepted")
    bench.expect("reset_after")
    equal(pages_of(await classify(bench)), VERDICT)
    equal(bench.ask("accepted") - before, 2)


@check("addresses that lead inside are refused")
async def _(bench: Bench) -> None:
    for url in ("http://127.0.0.1:1/a.pdf", "http://169.254.169.254/latest", "http://10.0.0.1/a.pdf", "file:///etc"):
        await bench.fails(BadRequestError, classify, bench, document_url=url)


@check("an answer may take its time")
async def _(bench: Bench) -> None:
    bench.expect("slow_headers", seconds=3)
    equal(pages_of(await classify(bench)), VERDICT)


@check("ten calls at once are answered each by itself")
async def _(bench: Bench) -> None:
    names = ["invoice.pdf", "lease.pdf"] * 5
    if bench.is_async:
        answers = await asyncio.gather(*(classify(bench, name) for name in names))
    else:
        with ThreadPoolExecutor(10) as pool:
            paths = [bench.file(name) for name in names]
            answers = list(pool.map(lambda path: bench.client.classify(classes=TEXT, document=path), paths))
    equal([pages_of(answer) for answer in answers], [[(0, name.removesuffix(".pdf"))] for name in names])
    equal([answer.metadata.filename for answer in answers], names)


main(make_client)
