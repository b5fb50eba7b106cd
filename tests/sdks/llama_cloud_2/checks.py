"""llama-cloud 2.x: classify v2, files, configurations, projects, webhooks; every response strictly validated."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
from checking import RULES, TYPES, Bench, check, equal, expect, main
from llama_cloud import (
    APIStatusError,
    AsyncLlamaCloud,
    AuthenticationError,
    LlamaCloud,
    NotFoundError,
    UnprocessableEntityError,
)
from llama_cloud._polling import PollingError

QUICKLY = {"polling_interval": 0.1, "max_interval": 0.5}
CONFIGURATION = {"rules": RULES}


def make_client(bench: Bench, *, key: str = "", **options: Any) -> Any:
    kind = AsyncLlamaCloud if bench.is_async else LlamaCloud
    where = {"base_url": bench.url} if bench.url else {}
    return kind(api_key=key or bench.key, _strict_response_validation=True, **where, **options)


async def upload(bench: Bench, name: str = "two_pages.pdf", **options: Any) -> Any:
    return await bench.call(bench.client.files.create, file=bench.file(name), purpose="classify", **options)


async def start(bench: Bench, name: str = "invoice.pdf", configuration: Any = None, **options: Any) -> Any:
    file = await upload(bench, name)
    where = {} if "configuration_id" in options else {"configuration": configuration or CONFIGURATION}
    return await bench.call(bench.client.classify.create, file_input=file.id, **where, **options)


async def finish(bench: Bench, job: Any) -> Any:
    return await bench.call(bench.client.classify.wait_for_completion, job.id, **QUICKLY)


async def run(bench: Bench, name: str, configuration: Any = None) -> Any:
    return await finish(bench, await start(bench, name, configuration))


def fetch(url: str) -> bytes:
    return httpx.get(url, trust_env=False).content


@check("a file is uploaded from a path, from bytes and from a tuple")
async def _(bench: Bench) -> None:
    content = bench.file("invoice.pdf").read_bytes()
    for file in (bench.file("invoice.pdf"), content, ("third.pdf", content, "application/pdf")):
        made = await bench.call(bench.client.files.create, file=file, purpose="classify")
        expect(made.id.startswith("dfl-"), made.id)
        expect(made.name and made.project_id, made)
    equal(made.name, "third.pdf")


@check("a list of files is walked page by page, without repeats")
async def _(bench: Bench) -> None:
    made = [(await upload(bench)).id for _number in range(3)]
    pages = bench.client.files.list(page_size=1, file_ids=made)
    found = [file.id for file in await bench.walk(pages)]
    equal(sorted(found), sorted(made))
    last = await bench.call(bench.client.files.list, page_size=3, file_ids=made)
    expect(not last.next_page_token, last.next_page_token)


@check("files are found by name and by the client's own id, in order of name")
async def _(bench: Bench) -> None:
    name = bench.new_name("b")
    made = await upload(bench, external_file_id=name)
    found = await bench.walk(bench.client.files.list(external_file_id=name, order_by="name"))
    equal([file.id for file in found], [made.id])
    equal(found[0].external_file_id, name)
    await bench.fails(UnprocessableEntityError, bench.client.files.list, order_by="size")


@check("a file's description is read, and its bytes through a link without the key")
async def _(bench: Bench) -> None:
    made = await upload(bench, "invoice.pdf")
    read = await bench.call(bench.client.files.retrieve, made.id)
    equal((read.id, read.name), (made.id, made.name))
    link = await bench.call(bench.client.files.content, made.id)
    expect(link.url.startswith("http"), link.url)
    equal(fetch(link.url), bench.file("invoice.pdf").read_bytes())


@check("a deleted file is gone")
async def _(bench: Bench) -> None:
    made = await upload(bench)
    await bench.call(bench.client.files.delete, made.id)
    await bench.fails(NotFoundError, bench.client.files.retrieve, made.id)


@check("a job starts without a result")
async def _(bench: Bench) -> None:
    job = await start(bench)
    expect(job.status in {"PENDING", "RUNNING"}, job.status)
    equal(job.configuration.mode, "FAST")
    equal(job.result, None)
    equal([rule.type for rule in job.configuration.rules], TYPES)


@check("a job completes with type, confidence and reasoning")
async def _(bench: Bench) -> None:
    job = await run(bench, "invoice.pdf")
    equal((job.status, job.result.type), ("COMPLETED", "invoice"))
    expect(0 <= job.result.confidence <= 1, job.result.confidence)
    expect(job.result.reasoning, "no reasoning")


@check("a document that fits no rule completes with type null and a reasoning")
async def _(bench: Bench) -> None:
    job = await run(bench, "recipe.pdf")
    equal((job.status, job.result.type), ("COMPLETED", None))
    expect(job.result.reasoning, "no reasoning")


@check("create and wait in one call give the same")
async def _(bench: Bench) -> None:
    file = await upload(bench, "lease.pdf")
    job = await bench.call(bench.client.classify.run, file_input=file.id, configuration=CONFIGURATION, **QUICKLY)
    equal((job.status, job.result.type), ("COMPLETED", "lease"))


@check("the deprecated file_id is taken, and so is a parse job id")
async def _(bench: Bench) -> None:
    file = await upload(bench, "invoice.pdf")
    job = await bench.call(bench.client.classify.create, file_id=file.id, configuration=CONFIGURATION)
    first = await finish(bench, job)
    expect(first.parse_job_id.startswith("pjb-"), first.parse_job_id)
    job = await bench.call(bench.client.classify.create, file_input=first.parse_job_id, configuration=CONFIGURATION)
    again = await finish(bench, job)
    equal((again.document_input_type, again.result.type), ("parse_job_id", "invoice"))


@check("a transaction id used twice gives the first job, whatever the second body says")
async def _(bench: Bench) -> None:
    key = bench.new_name("transaction")
    first = await start(bench, transaction_id=key)
    other = {"rules": [{"type": "recipe", "description": "How to cook something to eat"}]}
    again = await start(bench, "recipe.pdf", other, transaction_id=key)
    equal(again.id, first.id)
    equal(again.transaction_id, key)
    equal([rule.type for rule in again.configuration.rules], TYPES)


@check("a configuration saved twice under one name keeps its id and classifies")
async def _(bench: Bench) -> None:
    name, saved = bench.new_name("preset"), {"product_type": "classify_v2", "rules": RULES}
    first = await bench.call(bench.client.configurations.create, name=name, parameters={**saved, "rules": RULES[:1]})
    again = await bench.call(bench.client.configurations.create, name=name, parameters=saved)
    equal(again.id, first.id)
    expect(first.id.startswith("cfg-"), first.id)
    job = await finish(bench, await start(bench, configuration_id=first.id))
    equal((job.configuration_id, job.result.type), (first.id, "invoice"))
    equal([rule.type for rule in job.configuration.rules], TYPES)
    await bench.call(bench.client.configurations.delete, first.id)


@check("configurations are listed by product, renamed and deleted")
async def _(bench: Bench) -> None:
    name, saved = bench.new_name("preset"), {"product_type": "classify_v2", "rules": RULES}
    made = await bench.call(bench.client.configurations.create, name=name, parameters=saved)
    listed = await bench.walk(bench.client.configurations.list(product_type=["classify_v2"], name=name))
    equal([one.id for one in listed], [made.id])
    equal(await bench.walk(bench.client.configurations.list(product_type=["parse_v2"], name=name)), [])
    renamed = await bench.call(bench.client.configurations.update, made.id, name=f"{name} again")
    equal((renamed.name, renamed.parameters.rules[0].type), (f"{name} again", "invoice"))
    await bench.call(bench.client.configurations.delete, made.id)
    await bench.fails(NotFoundError, bench.client.configurations.retrieve, made.id)


@check("jobs are listed by status, by id and by date, and walked page by page")
async def _(bench: Bench) -> None:
    jobs = [await start(bench) for _number in range(3)]
    done = await finish(bench, jobs[0])
    for job in jobs[1:]:
        await finish(bench, job)
    wanted = [job.id for job in jobs]
    two = await bench.walk(bench.client.classify.list(job_ids=wanted[:2]))
    equal(sorted(job.id for job in two), sorted(wanted[:2]))
    walked = await bench.walk(bench.client.classify.list(job_ids=wanted, page_size=1))
    equal(sorted(job.id for job in walked), sorted(wanted))
    equal(await bench.walk(bench.client.classify.list(job_ids=wanted, status="FAILED")), [])
    since = await bench.walk(
        bench.client.classify.list(job_ids=wanted, status="COMPLETED", created_at_on_or_after=done.created_at)
    )
    equal(sorted(job.id for job in since), sorted(wanted))


@check("a running job is cancelled, and stays so")
async def _(bench: Bench) -> None:
    job = await start(bench)
    cancelled = await bench.call(bench.client.classify.cancel, job.id)
    equal(cancelled.status, "CANCELLED")
    await asyncio.sleep(0.7)
    equal((await bench.call(bench.client.classify.get, job.id)).status, "CANCELLED")


@check("cancelling or deleting in the wrong state fails at once, with one request")
async def _(bench: Bench) -> None:
    done = await run(bench, "invoice.pdf")
    running = await start(bench)
    before = len(bench.requests())
    await bench.fails(APIStatusError, bench.client.classify.cancel, done.id)
    await bench.fails(APIStatusError, bench.client.classify.delete, running.id)
    equal(len(bench.requests()) - before, 2)


@check("a finished job is deleted and then not found")
async def _(bench: Bench) -> None:
    job = await run(bench, "invoice.pdf")
    deleted = await bench.call(bench.client.classify.delete, job.id)
    equal((deleted.id, deleted.project_id), (job.id, job.project_id))
    await bench.fails(NotFoundError, bench.client.classify.get, job.id)


@check("usage comes when asked for, and only then")
async def _(bench: Bench) -> None:
    job = await run(bench, "two_pages.pdf")
    equal(job.usage, None)
    read = await bench.call(bench.client.classify.get, job.id, expand=["usage"])
    expect(read.usage is not None, read)
    if not bench.is_live:
        equal(read.usage.credits, 2)


@check("what the contract does not allow is refused, and the field named")
async def _(bench: Bench) -> None:
    file = await upload(bench)
    rule = RULES[0]
    wrong = {
        "rules": {"rules": []},
        "type": {"rules": [{**rule, "type": "t" * 51}]},
        "description": {"rules": [{**rule, "description": "too short"}]},
        "mode": {"rules": RULES, "mode": "MULTIMODAL"},
        "target_pages": {"rules": RULES, "parsing_configuration": {"target_pages": "0"}},
    }
    for field, configuration in wrong.items():
        error = await bench.fails(
            UnprocessableEntityError, bench.client.classify.create, file_input=file.id, configuration=configuration
        )
        expect(any(field in item["loc"] for item in error.body["detail"]), (field, error.body))


@check("rules are given exactly once, inline or by id")
async def _(bench: Bench) -> None:
    file = await upload(bench)
    await bench.fails(UnprocessableEntityError, bench.client.classify.create, file_input=file.id)


@check("a wrong key is refused; a job of another project is not found")
async def _(bench: Bench) -> None:
    stranger = bench.make_client(bench, key="llx-wrong")
    await bench.fails(AuthenticationError, stranger.classify.get, "x")
    await bench.call(stranger.close)
    bench.ask("nothing")
    job = await start(bench)
    other = bench.make_client(bench, key=bench.other_key)
    await bench.fails(NotFoundError, other.classify.get, job.id)
    await bench.call(other.close)


@check("the SDK gets over a 429 that says when to come back")
async def _(bench: Bench) -> None:
    job = await start(bench)
    bench.expect("429", retry_after=1)
    started = time.monotonic()
    await bench.call(bench.client.classify.get, job.id)
    expect(time.monotonic() - started >= 0.9, "Retry-After was not heard")


@check("the SDK gets over broken connections, and its repeated submission makes one job")
async def _(bench: Bench) -> None:
    key = bench.new_name("transaction")
    file = await upload(bench)
    before = bench.ask("accepted")
    for fault in ("reset_before", "reset_after", "503"):
        bench.expect(fault, on="submit", retry_after=0.1)
    await bench.call(bench.client.classify.create, file_input=file.id, configuration=CONFIGURATION, transaction_id=key)
    equal(bench.ask("accepted") - before, 1)


@check("target pages say which pages count")
async def _(bench: Bench) -> None:
    for page, wanted in (("1", "invoice"), ("2", "lease")):
        configuration = {**CONFIGURATION, "parsing_configuration": {"target_pages": page}}
        equal((await run(bench, "two_pages.pdf", configuration)).result.type, wanted)


@check("a webhook reports success, signed over the raw body")
async def _(bench: Bench) -> None:
    bench.ask("nothing")
    for output in ("string", "json"):
        with receiving() as (url, received):
            hook = {"webhook_url": url, "webhook_signing_secret": "s3cret", "webhook_output_format": output}
            job = await start(bench, webhook_configurations=[hook])
            await finish(bench, job)
            event = wait_for(received, "classify.success")
            equal(event["data"]["id"], job.id)


@check("a file that cannot be read fails the job; the helpers say so, each in its way")
async def _(bench: Bench) -> None:
    job = await start(bench, "broken.pdf")
    if bench.is_async:
        failed = await finish(bench, job)
    else:
        await bench.fails(PollingError, bench.client.classify.wait_for_completion, job.id, **QUICKLY)
        failed = await bench.call(bench.client.classify.get, job.id)
    equal((failed.status, failed.result), ("FAILED", None))
    expect(failed.error_message, "no error message")


@check("projects are listed and read")
async def _(bench: Bench) -> None:
    file = await upload(bench)
    listed = await bench.walk(await bench.call(bench.client.projects.list))
    expect(file.project_id in [project.id for project in listed], listed)
    equal((await bench.call(bench.client.projects.get, file.project_id)).id, file.project_id)


@contextmanager
def receiving() -> Iterator[tuple[str, list[tuple[bytes, str]]]]:
    """A receiver of webhooks: its URL, and what came as (body, signature)."""
    received: list[tuple[bytes, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((body, self.headers.get("LC-Signature", "")))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def wait_for(received: list[tuple[bytes, str]], event_type: str) -> Any:
    ends_at = time.monotonic() + 10
    while time.monotonic() < ends_at:
        for body, signature in list(received):
            wanted = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
            equal(signature, f"sha256={wanted}")
            event = json.loads(body)
            event = json.loads(event) if isinstance(event, str) else event
            if event["event_type"] == event_type:
                return event
        time.sleep(0.05)
    raise AssertionError(f"no {event_type} among {received}")


main(make_client)
