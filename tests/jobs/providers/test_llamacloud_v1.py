"""LlamaCloud v1. Payloads are written from the wire contract: sections 3 to 9 of LlamaCloud Classifier, API v1."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jobs.providers.base import Access, ContractBrokenError, Hook, Pending, ProviderError, RejectedError, Reply
from jobs.providers.llamacloud_v1 import LlamaCloudV1, base_url, headers
from tests.jobs.providers.contract import REQUEST_ID, WaitingContract
from tests.support.vendor_server import Says, Seen

JOBS = "/api/v1/classifier/jobs"
FILES = "/api/v1/beta/files"


class TestLlamaCloudV1(WaitingContract):
    @pytest.fixture(autouse=True)
    def _memory(self):
        self.jobs: dict[str, list[str]] = {}
        self.files: list[str] = []
        self.keys: dict[str, str] = {}
        self.made_at: str | None = "2026-01-01T10:00:01Z"
        self.broken: set[str] = set()
        self.left_out: set[str] = set()
        self.page_size = 500
        self.names_files = True

    def make(self, wire, access):
        return LlamaCloudV1(wire, access)

    def headers(self, access):
        return headers(access)

    def takes_document(self, seen: Seen) -> bool:
        return (seen.method, seen.path) == ("POST", JOBS)

    def asks_for_a_job(self, seen: Seen) -> bool:
        return seen.method == "GET" and seen.path.startswith(JOBS)

    def answer(self, seen: Seen) -> Says:
        routes = {
            ("POST", FILES): self.take_file,
            ("POST", JOBS): self.create,
            ("GET", FILES): self.find_files,
            ("GET", JOBS): self.list_jobs,
            ("GET", "/api/v1/projects"): lambda _seen: Says([{"id": "p-1", "name": "Post room"}]),
        }
        said = routes.get((seen.method, seen.path), self.about_one)(seen)
        said.headers["x-request-id"] = REQUEST_ID
        return said

    def about_one(self, seen: Seen) -> Says:
        if self.state == "gone":
            return Says({"detail": "Job not found"}, status=404)
        if seen.method != "GET":
            return Says(status=204)
        job_id, _, verb = seen.path.removeprefix(f"{JOBS}/").partition("/")
        return self.results(job_id, seen) if verb else Says(self.job(job_id))

    def take_file(self, seen: Seen) -> Says:
        if b"encrypted" in seen.body:
            return Says({"detail": "This file is encrypted"}, status=422)
        self.files.append(f"dfl-{len(self.files) + 1}")
        key = seen.body.split(b'name="external_file_id"\r\n\r\n')[1].split(b"\r\n")[0].decode()
        self.keys[key] = self.files[-1]
        return Says({"id": self.files[-1], "name": "a bill.pdf", "project_id": "p-1"}, status=201)

    def find_files(self, seen: Seen) -> Says:
        found = [key for key in self.keys if key in seen.asked_for("external_file_id")]
        items = [
            {"id": self.keys[key], "external_file_id": key, "last_modified_at": "2026-01-01T10:00:00Z"} for key in found
        ]
        return Says({"items": items, "next_page_token": None})

    def list_jobs(self, seen: Seen) -> Says:
        """Newest first, one a page."""
        start = int((seen.asked_for("page_token") or ["0"])[0])
        jobs = list(self.jobs)[::-1]
        items = [{**self.job(job_id), "created_at": self.made_at} for job_id in jobs[start : start + 1]]
        return Says({"items": items, "next_page_token": str(start + 1) if start + 1 < len(jobs) else None})

    def create(self, seen: Seen) -> Says:
        missing = set(seen.json()["file_ids"]) - set(self.files)
        if missing:
            return Says({"detail": f"Files not found: {missing}"}, status=404)
        job_id = f"job-{len(self.jobs) + 1}"
        self.jobs[job_id] = seen.json()["file_ids"]
        return Says({"id": job_id, "project_id": "p-1", "user_id": "u-1", "rules": [], "status": "PENDING"})

    def job(self, job_id: str) -> dict[str, Any]:
        words = {"empty": "SUCCESS", "waiting": "PENDING", "failed": "ERROR"}
        done = "PARTIAL_SUCCESS" if self.broken else "SUCCESS"
        return {
            "id": job_id,
            "project_id": "p-1",
            "user_id": "u-1",
            "rules": [{"type": "Invoice", "description": "A bill."}],
            "status": done if self.state == "done" else words.get(self.state, "PONDERING"),
            "error_message": "The file cannot be opened." if self.state == "failed" or self.broken else None,
        }

    def results(self, job_id: str, seen: Seen) -> Says:
        """Last first: the order is nobody's promise."""
        files = [] if self.state == "empty" else [one for one in self.jobs[job_id][::-1] if one not in self.left_out]
        start = int((seen.asked_for("page_token") or ["0"])[0])
        end = start + self.page_size
        items = [self.result(job_id, file_id) for file_id in files[start:end]]
        return Says({"items": items, "next_page_token": str(end) if end < len(files) else "", "total_size": None})

    def result(self, job_id: str, file_id: str) -> dict[str, Any]:
        given = {
            "type": self.verdict.type,
            "confidence": self.verdict.confidence,
            "reasoning": self.verdict.reasoning,
        }
        return {
            "id": f"row-{file_id}",
            "classify_job_id": job_id,
            "file_id": file_id if self.names_files else None,
            "result": None if file_id in self.broken else given,
        }

    def sent(self, vendor) -> dict[str, Any]:
        return vendor.calls(self.takes_document)[-1].json()

    def submit_group(self, provider, requests) -> tuple[Any, list[Pending]]:
        """The answer, and each document as it waits."""
        copies = {one.idempotency_key: one.uploaded for one in requests}
        noting = [
            replace(one, note_upload=lambda copy, key=one.idempotency_key: copies.update({key: copy}))
            for one in requests
        ]
        accepted = provider.submit_group(noting)
        return accepted, [
            Pending(remote_id=accepted.remote_id, request=replace(one, uploaded=copies[one.idempotency_key]))
            for one in requests
            if one.idempotency_key not in accepted.refused
        ]

    @pytest.fixture
    def three(self, tmp_path):
        return [self.a_request(tmp_path, key=f"job-{name}-1") for name in "abc"]

    # Section 3: what is sent

    def test_no_limit_of_pages_is_said_for_silence_means_five(self, provider, request_, vendor):
        provider.submit(request_)
        assert self.sent(vendor)["parsing_configuration"] == {"max_pages": None, "lang": "en"}

    def test_pages_are_counted_from_zero_there(self, provider, tmp_path, vendor):
        provider.submit(self.a_request(tmp_path, page_count=6, target_pages="1, 3, 5-9", max_pages=4))
        assert self.sent(vendor)["parsing_configuration"] == {
            "max_pages": 4,
            "lang": "en",
            "target_pages": [0, 2, 4, 5],
        }

    def test_an_endless_choice_of_pages_is_not_written_out(self, provider, tmp_path, vendor):
        provider.submit(self.a_request(tmp_path, page_count=None, target_pages="2-1000000"))
        assert len(self.sent(vendor)["parsing_configuration"]["target_pages"]) == 9_999

    @pytest.mark.parametrize(
        ("lang", "code"), [("nb", "no"), ("sr", "rs_cyrillic"), ("zh-hant", "ch_tra"), ("pt-BR", "pt"), ("de", "de")]
    )
    def test_languages_go_by_the_names_they_have_there(self, provider, request_, vendor, lang, code):
        provider.submit(replace(request_, lang=lang))
        assert self.sent(vendor)["parsing_configuration"]["lang"] == code

    def test_a_language_that_has_no_name_there_is_not_sent(self, provider, request_, vendor):
        provider.submit(replace(request_, lang="he"))
        assert "lang" not in self.sent(vendor)["parsing_configuration"]

    def test_multimodal_is_taken(self, provider, request_, vendor):
        provider.submit(replace(request_, mode="MULTIMODAL"))
        assert self.sent(vendor)["mode"] == "MULTIMODAL"

    def test_the_end_of_a_job_is_to_be_reported_where_the_desk_can_be_reached(self, wire, access, request_, vendor):
        access = replace(access, hook=Hook(url="https://desk.example/hooks/1", secret="s" * 32))
        LlamaCloudV1(wire, access).submit(request_)
        assert self.sent(vendor)["webhook_configurations"][0]["webhook_url"] == "https://desk.example/hooks/1"

    # Section 3 and 5: many documents in one job

    def test_a_group_is_one_job_and_each_document_finds_its_own_result(self, provider, three, vendor):
        accepted, pending = self.submit_group(provider, three)
        assert len(vendor.calls(self.takes_document)) == 1
        assert sorted(self.sent(vendor)["file_ids"]) == ["dfl-1", "dfl-2", "dfl-3"]
        answers = provider.poll(pending)
        assert {one.remote_id for one in pending} == {accepted.remote_id}
        for one in pending:
            assert answers[one.request.idempotency_key].raw["item"]["file_id"] == one.request.uploaded

    def test_a_group_is_asked_for_once(self, provider, three, vendor):
        _accepted, pending = self.submit_group(provider, three)
        vendor.seen.clear()
        provider.poll(pending)
        assert [seen.path for seen in vendor.seen] == [f"{JOBS}/job-1", f"{JOBS}/job-1/results"]

    def test_a_document_that_failed_does_not_take_the_others_with_it(self, provider, three):
        self.broken = {"dfl-2"}
        _accepted, pending = self.submit_group(provider, three)
        answers = provider.poll(pending)
        for one in pending:
            outcome = answers[one.request.idempotency_key]
            assert isinstance(outcome, RejectedError if one.request.uploaded == "dfl-2" else Reply)

    def test_a_document_that_the_results_leave_out_breaks_the_contract(self, provider, three):
        self.left_out = {"dfl-3"}
        _accepted, pending = self.submit_group(provider, three)
        kinds = sorted(type(outcome).__name__ for outcome in provider.poll(pending).values())
        assert kinds == ["ContractBrokenError", "Reply", "Reply"]

    def test_results_on_several_pages_are_all_read(self, provider, three, vendor):
        self.page_size = 1
        _accepted, pending = self.submit_group(provider, three)
        assert all(isinstance(outcome, Reply) for outcome in provider.poll(pending).values())
        assert len(vendor.calls(lambda seen: seen.path.endswith("/results"))) == 3

    def test_a_single_result_without_a_file_id_is_that_of_the_single_document(self, provider, request_):
        self.names_files = False
        assert self.reply(provider, request_).answer.type == "Invoice"

    def test_results_without_file_ids_are_nobodys_when_there_are_several(self, provider, three):
        self.names_files = False
        _accepted, pending = self.submit_group(provider, three)
        assert {type(outcome) for outcome in provider.poll(pending).values()} == {ContractBrokenError}

    def test_a_document_that_is_refused_on_upload_stays_behind_with_its_reason(self, provider, three, vendor):
        three[1].path.write_bytes(b"encrypted")
        accepted, pending = self.submit_group(provider, three)
        assert len(self.sent(vendor)["file_ids"]) == len(pending) == 2
        assert list(accepted.refused) == ["job-b-1"]
        assert "encrypted" in str(accepted.refused["job-b-1"])

    def test_a_group_of_which_nothing_can_be_sent_is_no_job(self, provider, three, vendor):
        for one in three:
            one.path.write_bytes(b"encrypted")
        with pytest.raises(RejectedError, match="encrypted"):
            provider.submit_group(three)
        assert not vendor.calls(self.takes_document)

    def test_what_was_sent_before_a_failure_is_noted_and_not_sent_again(self, provider, three, vendor):
        copies = {}
        three = [
            replace(one, note_upload=lambda copy, key=one.idempotency_key: copies.update({key: copy})) for one in three
        ]
        vendor.fail(self.refusal(503), on=lambda seen: seen.path == FILES and b"job-b-1" in seen.body)
        with pytest.raises(ProviderError) as caught:
            provider.submit_group(three)
        assert caught.value.was_sent is False
        assert set(copies) == {"job-a-1", "job-c-1"}
        vendor.heal()
        vendor.seen.clear()
        provider.submit_group([replace(one, uploaded=copies.get(one.idempotency_key, "")) for one in three])
        assert len(vendor.calls(lambda seen: seen.path == FILES)) == 1

    def test_copies_that_are_gone_there_are_sent_again(self, provider, three, vendor):
        three[0] = replace(three[0], uploaded="dfl-lost")
        _accepted, pending = self.submit_group(provider, three)
        assert len({one.request.uploaded for one in pending} - {"dfl-lost"}) == 3
        assert all(isinstance(outcome, Reply) for outcome in provider.poll(pending).values())

    def test_a_refused_key_is_not_tried_for_every_waiting_job(self, provider, tmp_path, vendor):
        pending = [self.accept(provider, self.a_request(tmp_path, key=f"job-{number}-1")) for number in range(40)]
        vendor.seen.clear()
        vendor.fail(self.refusal(401), on=self.asks_for_a_job)
        assert len(self.poll(provider, pending)) == 40
        assert len(vendor.seen) <= 16

    # Sections 5 and 7: what was accepted although nobody heard of it

    @pytest.mark.parametrize("made_at", ["2026-01-01T10:00:01Z", "2026-01-01T09:59:30", None])
    def test_a_job_whose_acceptance_was_lost_is_found_by_its_file(self, provider, three, vendor, made_at):
        self.made_at = made_at
        for request in three:
            vendor.fail(Says(resets="after"), on=self.takes_document)
            assert self.fail_to_send(provider, request).was_sent is None
        vendor.heal()
        assert [provider.find(f"job-{name}-1").remote_id for name in "abc"] == ["job-1", "job-2", "job-3"]

    def test_a_job_that_still_waits_cannot_be_told_apart_yet(self, provider, request_):
        provider.submit(request_)
        self.state = "waiting"
        assert provider.find("job-a-1") is None
        self.state = "done"
        assert provider.find("job-a-1").remote_id == "job-1"

    def test_jobs_from_before_the_document_came_are_not_read(self, provider, request_, vendor):
        provider.submit(request_)
        self.made_at = "2026-01-01T09:00:00Z"
        assert provider.find("job-a-1") is None
        assert not vendor.calls(lambda seen: seen.path.endswith("/results"))

    def test_a_copy_is_removed_and_the_job_stays_for_v1_deletes_none(self, provider, vendor):
        provider.forget(remote_id="job-1", uploaded="dfl-1")
        assert [(seen.method, seen.path) for seen in vendor.seen] == [("DELETE", f"{FILES}/dfl-1")]


def test_both_generations_live_at_one_address():
    assert base_url(Access(options={"region": "eu"})) == "https://api.cloud.eu.llamaindex.ai"
