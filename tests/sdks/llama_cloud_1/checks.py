"""llama-cloud 1.6: the classifier of API v1, and the first classify of v2; every response strictly validated."""

from __future__ import annotations

import asyncio
from typing import Any

from checking import RULES, TYPES, Bench, check, equal, expect, main
from llama_cloud import (
    AsyncLlamaCloud,
    AuthenticationError,
    LlamaCloud,
    NotFoundError,
    UnprocessableEntityError,
)
from llama_cloud._polling import PollingError

QUICKLY = {"polling_interval": 0.1, "max_interval": 0.5}


def make_client(bench: Bench, *, key: str = "", **options: Any) -> Any:
    kind = AsyncLlamaCloud if bench.is_async else LlamaCloud
    where = {"base_url": bench.url} if bench.url else {}
    return kind(api_key=key or bench.key, _strict_response_validation=True, **where, **options)


async def upload(bench: Bench, *names: str) -> list[str]:
    made = [await bench.call(bench.client.files.create, file=bench.file(name), purpose="classify") for name in names]
    return [file.id for file in made]


async def start(bench: Bench, *names: str, **options: Any) -> tuple[Any, list[str]]:
    ids = await upload(bench, *names)
    options.setdefault("rules", RULES)
    return await bench.call(bench.client.classifier.jobs.create, file_ids=ids, **options), ids


async def finish(bench: Bench, job: Any) -> Any:
    return await bench.call(bench.client.classifier.wait_for_completion, job.id, **QUICKLY)


async def read(bench: Bench, job: Any) -> dict[str, Any]:
    page = await bench.call(bench.client.classifier.jobs.get_results, job.id)
    return {item.file_id: item for item in page.items}


@check("two files are uploaded")
async def _(bench: Bench) -> None:
    ids = await upload(bench, "invoice.pdf", "lease.pdf")
    expect(all(file_id.startswith("dfl-") for file_id in ids) and len(set(ids)) == 2, ids)


@check("a job echoes its rules, with the defaults filled in")
async def _(bench: Bench) -> None:
    job, _ids = await start(bench, "invoice.pdf", "lease.pdf")
    equal((job.status, job.mode), ("PENDING", "FAST"))
    equal((job.parsing_configuration.lang, job.parsing_configuration.max_pages), ("en", 5))
    equal([rule.type for rule in job.rules], TYPES)


@check("a job over two files ends in success, with a result for each")
async def _(bench: Bench) -> None:
    job, ids = await start(bench, "invoice.pdf", "lease.pdf")
    equal((await finish(bench, job)).status, "SUCCESS")
    found = await read(bench, job)
    equal(sorted(found), sorted(ids))
    equal([found[file_id].result.type for file_id in ids], TYPES)
    for item in found.values():
        equal(item.classify_job_id, job.id)
        expect(0 <= item.result.confidence <= 1, item)
        expect(item.result.reasoning, item)


@check("results before the end are an empty page")
async def _(bench: Bench) -> None:
    job, _ids = await start(bench, "invoice.pdf")
    if (await bench.call(bench.client.classifier.jobs.get, job.id)).status == "PENDING":
        equal(await read(bench, job), {})


@check("classify in one call posts once, polls, and reads the results once")
async def _(bench: Bench) -> None:
    ids = await upload(bench, "invoice.pdf", "lease.pdf")
    page = await bench.call(bench.client.classifier.classify, file_ids=ids, rules=RULES, **QUICKLY)
    equal({item.file_id: item.result.type for item in page.items}, dict(zip(ids, TYPES, strict=True)))
    seen = bench.requests()
    last = [request for request in seen if "classifier" in request[1]]
    start_at = max(number for number, request in enumerate(last) if request[0] == "POST")
    paths = [path.rsplit("/", 1)[-1] for _method, path in last[start_at:]]
    equal((paths[0], paths.count("results"), paths[-1]), ("jobs", 1, "results"))
    expect(len(paths) >= 3, paths)


@check("a document that fits no rule has type null, and the job is a success")
async def _(bench: Bench) -> None:
    job, [file_id] = await start(bench, "recipe.pdf")
    equal((await finish(bench, job)).status, "SUCCESS")
    item = (await read(bench, job))[file_id]
    equal(item.result.type, None)
    expect(item.result.reasoning, item)


@check("one file that cannot be read makes a partial success, its result null")
async def _(bench: Bench) -> None:
    job, [good, broken] = await start(bench, "invoice.pdf", "broken.pdf")
    equal((await finish(bench, job)).status, "PARTIAL_SUCCESS")
    found = await read(bench, job)
    equal((found[good].result.type, found[broken].result), ("invoice", None))
    page = await bench.call(bench.client.classifier.classify, file_ids=[good, broken], rules=RULES, **QUICKLY)
    equal(len(page.items), 2)


@check("files that cannot be read at all are an error; the helpers say so, each in its way")
async def _(bench: Bench) -> None:
    ids = await upload(bench, "broken.pdf")
    if bench.is_async:
        page = await bench.call(bench.client.classifier.classify, file_ids=ids, rules=RULES, **QUICKLY)
        expect(all(item.result is None for item in page.items), page)
    else:
        await bench.fails(PollingError, bench.client.classifier.classify, file_ids=ids, rules=RULES, **QUICKLY)
    newest = await bench.call(bench.client.classifier.jobs.list, page_size=1)
    equal(newest.items[0].status, "ERROR")
    expect(newest.items[0].error_message, newest)


@check("target pages count from 0")
async def _(bench: Bench) -> None:
    for page, wanted in ((0, "invoice"), (1, "lease")):
        job, [file_id] = await start(bench, "two_pages.pdf", parsing_configuration={"target_pages": [page]})
        await finish(bench, job)
        equal((await read(bench, job))[file_id].result.type, wanted)


@check("multimodal is taken and echoed")
async def _(bench: Bench) -> None:
    job, _ids = await start(bench, "invoice.pdf", mode="MULTIMODAL")
    equal(job.mode, "MULTIMODAL")


@check("what the contract does not allow is refused, and the field named")
async def _(bench: Bench) -> None:
    [file_id] = await upload(bench, "invoice.pdf")
    rule = RULES[0]
    wrong = {
        "type": {"rules": [{**rule, "type": "t" * 51}]},
        "description": {"rules": [{**rule, "description": "too short"}]},
        "rules": {"rules": []},
        "file_ids": {"file_ids": []},
    }
    good = {"file_ids": [file_id], "rules": RULES}
    cases = [*wrong.items(), ("description", {"rules": [{**rule, "description": "d" * 501}]})]
    cases.append(("file_ids", {"file_ids": [file_id] * 501}))
    for field, changes in cases:
        create = bench.client.classifier.jobs.create
        error = await bench.fails(UnprocessableEntityError, create, **{**good, **changes})
        expect(any(field in item["loc"] for item in error.body["detail"]), (field, error.body))


@check("unknown ids are not found")
async def _(bench: Bench) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    jobs = bench.client.classifier.jobs
    await bench.fails((NotFoundError, UnprocessableEntityError), jobs.create, file_ids=[unknown], rules=RULES)
    await bench.fails(NotFoundError, jobs.get, unknown)
    await bench.fails(NotFoundError, jobs.get_results, unknown)


@check("a walk over the jobs meets each once, the newest first")
async def _(bench: Bench) -> None:
    made = [(await start(bench, "invoice.pdf"))[0].id for _number in range(3)]
    if bench.is_live:
        page = await bench.call(bench.client.classifier.jobs.list, page_size=3)
        equal(sorted(job.id for job in page.items), sorted(made))
        return
    walked = [job.id for job in await bench.walk(bench.client.classifier.jobs.list(page_size=1))]
    equal(walked[:3], made[::-1])
    equal(len(walked), len(set(walked)))


@check("thirty files give thirty results in one page")
async def _(bench: Bench) -> None:
    if not bench.is_live:
        job, ids = await start(bench, *["invoice.pdf"] * 30)
        equal((await finish(bench, job)).status, "SUCCESS")
        equal(sorted(await read(bench, job)), sorted(ids))
    bench.ask("nothing")


@check("a wrong key is refused; another project's job is not found")
async def _(bench: Bench) -> None:
    stranger = bench.make_client(bench, key="llx-wrong")
    await bench.fails(AuthenticationError, stranger.classifier.jobs.get, "x")
    await bench.call(stranger.close)
    bench.ask("nothing")
    job, _ids = await start(bench, "invoice.pdf")
    other = bench.make_client(bench, key=bench.other_key)
    await bench.fails(NotFoundError, other.classifier.jobs.get, job.id)
    await bench.call(other.close)


@check("the SDK gets over one 429")
async def _(bench: Bench) -> None:
    job, _ids = await start(bench, "invoice.pdf")
    bench.expect("429_bare")
    equal((await bench.call(bench.client.classifier.jobs.get, job.id)).id, job.id)


@check("the SDK repeats a submission without asking: without a key that makes two jobs")
async def _(bench: Bench) -> None:
    ids = await upload(bench, "invoice.pdf")
    before = bench.ask("accepted")
    bench.expect("reset_after", on="submit")
    await bench.call(bench.client.classifier.jobs.create, file_ids=ids, rules=RULES)
    equal(bench.ask("accepted") - before, 2)


@check("classify of v2, as this line knows it, has its input under the old name")
async def _(bench: Bench) -> None:
    [file_id] = await upload(bench, "invoice.pdf")
    job = await bench.call(bench.client.classify.create, file_id=file_id, configuration={"rules": RULES})
    equal(job.document_input_value, file_id)
    for _turn in range(100):
        job = await bench.call(bench.client.classify.get, job.id)
        if job.status not in {"PENDING", "RUNNING"}:
            break
        await asyncio.sleep(0.1)
    equal((job.status, job.result.type), ("COMPLETED", "invoice"))


@check("a link to a file's bytes is had by the old name of the call")
async def _(bench: Bench) -> None:
    [file_id] = await upload(bench, "invoice.pdf")
    link = await bench.call(bench.client.files.get, file_id)
    expect(link.url.startswith("http"), link)


main(make_client)
