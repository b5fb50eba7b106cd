"""unsiloed-sdk: a job over the first four pages of a document, asked for until it is through."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import httpx
from checking import RULES, TYPES, Bench, check, equal, expect, main
from unsiloed_sdk import AsyncUnsiloedClient, UnsiloedClient
from unsiloed_sdk.exceptions import APIError, AuthenticationError, NotFoundError, QuotaExceededError
from unsiloed_sdk.models import Category

HOST = "https://prod.visionapi.unsiloed.ai"


def make_client(bench: Bench, *, key: str = "", **options: Any) -> Any:
    kind = AsyncUnsiloedClient if bench.is_async else UnsiloedClient
    where = {"base_url": bench.url} if bench.url else {}
    return kind(api_key=key or bench.key, **where, **options)


async def start(bench: Bench, name: str = "two_pages.pdf", *, categories: Any = TYPES, **options: Any) -> Any:
    if "file_url" not in options:
        options.setdefault("file", bench.file(name))
    return await bench.call(bench.client.classify, categories=categories, **options)


async def finish(bench: Bench, job: Any) -> Any:
    for _turn in range(200):
        found = await bench.call(bench.client.get_classify_result, job.job_id)
        expect(found.status in {"queued", "processing", "completed", "failed"}, found)
        expect(isinstance(found.progress, str), found)
        if found.status in {"completed", "failed"}:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("not through in time")


async def run(bench: Bench, name: str = "two_pages.pdf", **options: Any) -> Any:
    return await finish(bench, await start(bench, name, **options))


def ask_raw(bench: Bench, method: str, path: str, *, key: str | None = None, **content: Any) -> httpx.Response:
    headers = {} if key == "" else {"api-key": key or bench.key}
    return httpx.request(method, (bench.url or HOST) + path, headers=headers, timeout=60, trust_env=False, **content)


def a_file(bench: Bench, name: str = "invoice.pdf") -> dict[str, Any]:
    return {"pdf_file": (name, bench.file(name).read_bytes(), "application/pdf")}


@check("a job is accepted with 202 and says what is left of the quota")
async def _(bench: Bench) -> None:
    job = await start(bench)
    equal(job.status, "processing")
    expect(job.job_id and isinstance(job.quota_remaining, int), job)
    raw = ask_raw(bench, "POST", "/classify", data={"categories": json.dumps(TYPES)}, files=a_file(bench))
    equal(raw.status_code, 202)


@check("a job goes from queued or processing to completed, with progress in words")
async def _(bench: Bench) -> None:
    found = await run(bench)
    equal((found.status, found.error), ("completed", None))


@check("the result of a PDF has an answer for each page, counted from 1")
async def _(bench: Bench) -> None:
    result = (await run(bench)).result
    expect(result["classification"] in TYPES and 0 <= result["confidence"] <= 1, result)
    equal(result["total_pages"], 2)
    equal([page["page"] for page in result["page_results"]], [1, 2])
    equal([page["classification"] for page in result["page_results"]], TYPES)
    expect(all(page["success"] and page["raw_result"] for page in result["page_results"]), result)


@check("classify and wait asks at once, then every two seconds")
async def _(bench: Bench) -> None:
    found = await bench.call(
        bench.client.classify_and_wait, file=bench.file("two_pages.pdf"), categories=TYPES, poll_interval=2.0
    )
    equal((found.status, found.result["total_pages"]), ("completed", 2))
    methods = [method for method, path in bench.requests() if found.job_id in path or path == "/classify"]
    equal(methods[-3:], ["POST", "GET", "GET"])


@check("the bytes of a picture are taken although they are called a PDF, and give no pages")
async def _(bench: Bench) -> None:
    result = (await run(bench, file=bench.file("invoice.png").read_bytes())).result
    expect("page_results" not in result and result["raw_result"], result)
    equal((result["total_pages"], result["classification"]), (1, "invoice"))


@check("a document is fetched from its address, which comes urlencoded")
async def _(bench: Bench) -> None:
    bench.ask("nothing")
    fetched = await run(bench, file_url=os.environ["CHECK_DOCUMENT_URL"])
    equal(fetched.result, (await run(bench)).result)


@check("categories with descriptions, as objects and as dicts, change nothing")
async def _(bench: Bench) -> None:
    objects = [Category(name=rule["type"], description=rule["description"]) for rule in RULES]
    dicts = [{"name": rule["type"], "description": "misleading: an apple pie"} for rule in RULES]
    plain = (await run(bench)).result["classification"]
    equal((await run(bench, categories=objects)).result["classification"], plain)
    if not bench.is_live:
        equal((await run(bench, categories=dicts)).result, (await run(bench)).result)


@check("of six pages the first four are read")
async def _(bench: Bench) -> None:
    result = (await run(bench, "six_pages.pdf")).result
    equal(result["total_pages"], 4)
    equal([page["page"] for page in result["page_results"]], [1, 2, 3, 4])


@check("both inputs, and none, are refused in words")
async def _(bench: Bench) -> None:
    fields = {"categories": json.dumps([{"name": "invoice"}])}
    both = ask_raw(
        bench, "POST", "/classify", data={**fields, "file_url": "https://example.org/a.pdf"}, files=a_file(bench)
    )
    none = ask_raw(bench, "POST", "/classify", data=fields)
    equal((both.status_code, none.status_code), (400, 400))
    expect(all(isinstance(answer.json()["detail"], str) for answer in (both, none)), both.text)


@check("missing categories, nonsense and an empty list are refused")
async def _(bench: Bench) -> None:
    missing = ask_raw(bench, "POST", "/classify", files=a_file(bench))
    equal((missing.status_code, missing.json()["detail"][0]["loc"][-1]), (422, "categories"))
    for categories in ("nonsense", "[]"):
        answer = ask_raw(bench, "POST", "/classify", data={"categories": categories}, files=a_file(bench))
        equal(answer.status_code, 400)


@check("a wrong key and a missing one are refused")
async def _(bench: Bench) -> None:
    stranger = bench.make_client(bench, key="wrong")
    await bench.fails(AuthenticationError, stranger.get_classify_result, "x")
    await bench.call(stranger.close)
    equal(ask_raw(bench, "GET", "/classify/x", key="").status_code, 401)


@check("an unknown job is not found")
async def _(bench: Bench) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    error = await bench.fails(NotFoundError, bench.client.get_classify_result, unknown)
    expect("Job not found" in str(error), error)


@check("a quota used up is said as the SDK expects it")
async def _(bench: Bench) -> None:
    bench.ask("quota", left=1)
    await start(bench)
    error = await bench.fails(QuotaExceededError, start, bench)
    bench.ask("quota", left=1_000)
    expect("Quota exceeded" in str(error), error)


@check("429 and 503 are errors at once, with one request each")
async def _(bench: Bench) -> None:
    for fault, options in (("429", {}), ("429_bare", {"plain": "Rate limit exceeded"}), ("503", {"retry_after": 5})):
        bench.expect(fault, **options)
        before = len(bench.requests())
        await bench.fails(APIError, start, bench)
        equal(len(bench.requests()) - before, 1)
    bench.expect("503", retry_after=5)
    equal(ask_raw(bench, "GET", "/classify/x").headers["Retry-After"], "5")


@check("a PDF that cannot be read fails its job, without an exception")
async def _(bench: Bench) -> None:
    found = await bench.call(
        bench.client.classify_and_wait, file=bench.file("broken.pdf"), categories=TYPES, poll_interval=0.2
    )
    equal((found.status, found.result), ("failed", None))
    expect(found.error, found)


@check("a page that cannot be read is given the first category and does not count")
async def _(bench: Bench) -> None:
    bench.ask("nothing")  # the real service sees pictures: a blank page is no fault to it
    result = (await run(bench, "blank_page.pdf")).result
    equal(result["classification"], "lease")
    blank = result["page_results"][1]
    equal((blank["success"], blank["classification"]), (False, TYPES[0]))
    expect(blank["error"] and "raw_result" not in blank, blank)


@check("text and Office files are refused")
async def _(bench: Bench) -> None:
    for name in ("words.txt", "table.xlsx"):
        fields = {"categories": json.dumps([{"name": "invoice"}])}
        equal(ask_raw(bench, "POST", "/classify", data=fields, files=a_file(bench, name)).status_code, 400)


@check("another key's job is not found")
async def _(bench: Bench) -> None:
    bench.ask("nothing")
    job = await start(bench)
    other = bench.make_client(bench, key=bench.other_key)
    await bench.fails(NotFoundError, other.get_classify_result, job.job_id)
    await bench.call(other.close)


@check("there is always a class, also for what fits none")
async def _(bench: Bench) -> None:
    expect((await run(bench, "recipe.pdf")).result["classification"] in TYPES, "no class")


main(make_client)
