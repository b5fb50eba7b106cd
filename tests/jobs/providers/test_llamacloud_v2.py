"""LlamaCloud v2. Payloads are written from the wire contract: sections 3 to 9 of LlamaCloud Classify, API v2."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.providers import llamacloud_v2
from jobs.providers.base import Access, Hook, MisconfiguredError, RejectedError, WrongAddressError
from jobs.providers.llamacloud_v2 import LlamaCloudV2, base_url, headers
from tests.jobs.providers.contract import REQUEST_ID, WaitingContract
from tests.support.vendor_server import Says, Seen

JOBS = "/api/v2/classify"
FILES = "/api/v1/beta/files"


class TestLlamaCloudV2(WaitingContract):
    TODAY = (datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 1, 9, tzinfo=UTC))

    @pytest.fixture(autouse=True)
    def _memory(self):
        self.jobs: dict[str, dict[str, Any]] = {}
        self.files: list[str] = []
        self.usage: dict[str, Any] | None = None
        self.page_size = 100
        self.hides: set[str] = set()

    def make(self, wire, access):
        return LlamaCloudV2(wire, access)

    def headers(self, access):
        return headers(access)

    def takes_document(self, seen: Seen) -> bool:
        return (seen.method, seen.path) == ("POST", JOBS)

    def asks_for_a_job(self, seen: Seen) -> bool:
        return seen.method == "GET" and seen.path.startswith(JOBS)

    def answer(self, seen: Seen) -> Says:
        said = self.route(seen)
        said.headers["x-request-id"] = REQUEST_ID
        return said

    def route(self, seen: Seen) -> Says:
        routes = {
            ("POST", FILES): self.take_file,
            ("GET", FILES): lambda _seen: Says({"items": []}),
            ("POST", JOBS): self.create,
            ("GET", JOBS): self.list_jobs,
            ("GET", "/api/v1/projects"): self.list_projects,
            ("POST", "/api/v1/beta/configurations"): self.save,
        }
        return routes.get((seen.method, seen.path), self.about_one)(seen)

    def about_one(self, seen: Seen) -> Says:
        if self.state == "gone":
            return Says({"detail": "Job not found"}, status=404)
        if seen.method != "GET":
            return Says({"id": "job-1"}) if seen.path.startswith(JOBS) else Says(status=204)
        job_id = seen.path.removeprefix(f"{JOBS}/")
        return Says(self.job(job_id, usage=self.usage if "usage" in seen.asked_for("expand") else None))

    def take_file(self, seen: Seen) -> Says:
        self.files.append(f"dfl-{len(self.files) + 1}")
        return Says({"id": self.files[-1], "name": "a bill.pdf", "project_id": "p-1"}, status=201)

    def list_projects(self, seen: Seen) -> Says:
        return Says([{"id": "p-1", "name": "Post room", "organization_id": "o-1", "is_default": True}])

    def save(self, seen: Seen) -> Says:
        return Says({"id": "cfg-1", "name": seen.json()["name"], "product_type": "classify_v2"}, status=201)

    def create(self, seen: Seen) -> Says:
        body = seen.json()
        known = [job for job in self.jobs.values() if job["transaction_id"] == body["transaction_id"]]
        if known:
            return Says(self.job(known[0]["id"]))
        if body["file_input"] not in self.files:
            return Says({"detail": f"File {body['file_input']} not found"}, status=404)
        if body.get("configuration_id") == "cfg-gone":
            return Says({"detail": "Configuration cfg-gone not found"}, status=404)
        job_id = f"job-{len(self.jobs) + 1}"
        self.jobs[job_id] = {"id": job_id, "transaction_id": body["transaction_id"], "file_input": body["file_input"]}
        return Says({**self.jobs[job_id], "status": "PENDING", "result": None})

    def list_jobs(self, seen: Seen) -> Says:
        wanted = [one for one in self.jobs if one in seen.asked_for("job_ids") or not seen.asked_for("job_ids")]
        start = int((seen.asked_for("page_token") or ["0"])[0])
        shown = [one for one in wanted[start : start + self.page_size] if one not in self.hides]
        more = str(start + self.page_size) if start + self.page_size < len(wanted) else None
        items = [] if self.state == "gone" else [self.job(job_id) for job_id in shown]
        return Says({"items": items, "next_page_token": more, "total_size": None})

    def job(self, job_id: str, *, usage: dict[str, Any] | None = None) -> dict[str, Any]:
        words = {"done": "COMPLETED", "empty": "COMPLETED", "waiting": "RUNNING", "failed": "FAILED"}
        given = {
            "type": self.verdict.type,
            "confidence": self.verdict.confidence,
            "reasoning": self.verdict.reasoning,
        }
        return {
            "id": job_id,
            "project_id": "p-1",
            "user_id": "u-1",
            "status": words.get(self.state, "PONDERING"),
            "document_input_type": "file_id",
            "configuration": {"rules": [], "mode": "FAST"},
            "error_message": "The file cannot be opened." if self.state == "failed" else None,
            "result": given if self.state == "done" else None,
            "usage": usage,
            **self.jobs.get(job_id, {}),
        }

    def sent(self, vendor, path: str = JOBS) -> dict[str, Any]:
        return vendor.calls(lambda seen: (seen.method, seen.path) == ("POST", path))[-1].json()

    # Section 7: the document is uploaded first

    def test_the_copy_there_is_noted_before_anything_is_classified(self, provider, request_, vendor):
        asked = []
        provider.submit(replace(request_, note_upload=lambda copy: asked.append((copy, len(vendor.seen)))))
        assert asked == [("dfl-1", 1)]
        assert b'name="purpose"\r\n\r\nclassify' in vendor.seen[0].body
        assert b'name="external_file_id"\r\n\r\njob-a-1' in vendor.seen[0].body
        assert self.document in vendor.seen[0].body

    def test_a_copy_of_an_earlier_attempt_is_used_again(self, provider, request_, vendor):
        self.files.append("dfl-old")
        provider.submit(replace(request_, uploaded="dfl-old"))
        assert [seen.path for seen in vendor.seen] == [JOBS]
        assert self.sent(vendor)["file_input"] == "dfl-old"

    def test_a_copy_that_is_gone_there_is_sent_again(self, provider, request_, vendor):
        copies = []
        accepted = provider.submit(replace(request_, uploaded="dfl-lost", note_upload=copies.append))
        assert (accepted.remote_id, copies) == ("job-1", ["dfl-1"])

    @pytest.mark.parametrize("status", [401, 413, 429, 500])
    def test_a_failed_upload_has_billed_nothing(self, provider, request_, vendor, status):
        vendor.fail(self.refusal(status), on=lambda seen: seen.path == FILES)
        assert self.fail_to_send(provider, request_).was_sent is False
        assert not vendor.calls(self.takes_document)

    def test_a_document_erased_while_it_is_sent_is_refused(self, provider, request_):
        request_.path.unlink()
        assert self.fail_to_send(provider, request_).reason == "unreadable"

    # Sections 3, 4, 8, 10: the job

    def test_a_job_is_asked_for_with_rules_pages_language_and_a_key(self, provider, request_, vendor):
        provider.submit(replace(request_, max_pages=3, target_pages="1, 3, 5-7", lang="pt-BR"))
        assert self.sent(vendor) == {
            "file_input": "dfl-1",
            "transaction_id": "job-a-1",
            "configuration": {
                "rules": [{"type": rule.type, "description": rule.description} for rule in request_.rules],
                "mode": "FAST",
                "parsing_configuration": {"lang": "pt", "max_pages": 3, "target_pages": "1,3,5-7"},
            },
        }

    def test_without_a_limit_none_is_sent(self, provider, request_, vendor):
        provider.submit(request_)
        assert self.sent(vendor)["configuration"]["parsing_configuration"] == {"lang": "en"}

    def test_sending_the_same_again_finds_the_first_job(self, provider, request_):
        assert provider.submit(request_).remote_id == provider.submit(request_).remote_id == "job-1"

    def test_a_saved_preset_takes_the_place_of_the_rules(self, provider, request_, vendor):
        provider.submit(replace(request_, saved_preset="cfg-1"))
        assert self.sent(vendor)["configuration_id"] == "cfg-1"
        assert "configuration" not in self.sent(vendor)

    def test_a_saved_preset_that_is_gone_there_costs_nothing_but_a_call(self, provider, request_, vendor):
        assert provider.submit(replace(request_, saved_preset="cfg-gone")).remote_id == "job-1"
        assert "configuration" in self.sent(vendor)

    def test_a_preset_is_saved_under_its_name(self, provider, request_, vendor):
        assert provider.save_preset("Incoming mail", request_) == "cfg-1"
        sent = self.sent(vendor, "/api/v1/beta/configurations")
        assert sent["name"] == "Incoming mail"
        assert sent["parameters"]["product_type"] == "classify_v2"
        assert [rule["type"] for rule in sent["parameters"]["rules"]] == ["Invoice", "Contract"]

    def test_the_end_of_a_job_is_to_be_reported_where_the_desk_can_be_reached(self, wire, access, request_, vendor):
        access = replace(access, hook=Hook(url="https://desk.example/hooks/1", secret="s" * 32))
        LlamaCloudV2(wire, access).submit(request_)
        (hook,) = self.sent(vendor)["webhook_configurations"]
        assert (hook["webhook_url"], hook["webhook_signing_secret"]) == ("https://desk.example/hooks/1", "s" * 32)
        assert hook["webhook_output_format"] == "json"
        assert "classify.running" not in hook["webhook_events"]

    def test_every_call_names_the_project_of_the_connection(self, wire, access, request_, vendor):
        access = replace(access, options={"project_id": "p-1", "organization_id": "o-1"})
        provider = LlamaCloudV2(wire, access)
        pending = self.accept(provider, request_)
        provider.poll([pending])
        provider.cancel(pending.remote_id)
        provider.forget(remote_id=pending.remote_id, uploaded="dfl-1")
        for seen in vendor.seen:
            assert (seen.asked_for("project_id"), seen.asked_for("organization_id")) == (["p-1"], ["o-1"])

    def test_multimodal_is_refused_before_anything_is_sent(self, provider, request_, vendor):
        error = self.fail_to_send(provider, replace(request_, mode="MULTIMODAL"))
        assert isinstance(error, MisconfiguredError)
        assert "v1 has" in str(error)
        assert not vendor.seen

    def test_a_choice_of_pages_that_nobody_can_read_is_refused_with_its_reason(self, provider, request_):
        error = self.fail_to_send(provider, replace(request_, target_pages="7-5"))
        assert "runs backwards" in str(error)

    # Sections 5, 6: polling

    def test_one_call_asks_for_all_of_them(self, provider, pending, vendor):
        vendor.seen.clear()
        provider.poll(pending)
        (asked,) = vendor.seen
        assert asked.asked_for("job_ids") == ["job-1", "job-2", "job-3"]
        assert asked.asked_for("page_size") == ["100"]

    def test_a_vendor_that_hands_out_smaller_pages_is_followed(self, provider, pending, vendor):
        self.page_size = 1
        assert len(provider.poll(pending)) == 3
        assert len(vendor.calls(lambda seen: seen.path == JOBS and seen.method == "GET")) == 3

    def test_a_job_that_the_list_leaves_out_is_asked_for_by_itself(self, provider, pending, vendor):
        self.hides = {"job-2"}
        assert all(hasattr(outcome, "answer") for outcome in provider.poll(pending).values())
        assert len(vendor.calls(lambda seen: seen.path == f"{JOBS}/job-2")) == 1

    def test_pages_left_out_by_choice_are_said(self, provider, tmp_path):
        reply = self.reply(provider, self.a_request(tmp_path, page_count=6, max_pages=2, target_pages="2-4"))
        assert (reply.answer.pages_not_read, reply.pages_read) == ((1, 4, 5, 6), 2)

    def test_where_nobody_counted_the_pages_nothing_is_said_of_them(self, provider, tmp_path):
        reply = self.reply(provider, self.a_request(tmp_path, page_count=None, max_pages=2))
        assert (reply.answer.pages_not_read, reply.pages_read) == ((), None)

    def test_the_echo_of_our_own_rules_is_not_kept(self, provider, request_):
        assert "configuration" not in self.reply(provider, request_).raw

    def test_a_job_cancelled_there_is_said_to_be(self, provider, pending):
        self.jobs["job-1"]["status"] = "CANCELLED"
        outcome = provider.poll(pending[:1])["job-a-1"]
        assert type(outcome) is RejectedError
        assert "cancelled" in str(outcome)

    @pytest.mark.parametrize(
        "result",
        [{"confidence": 1}, {"type": 3}, {"type": None, "confidence": "high"}, {"type": None, "reasoning": []}, []],
    )
    def test_a_result_of_the_wrong_shape_breaks_the_contract(self, provider, pending, result):
        self.jobs["job-1"]["result"] = result
        assert provider.poll(pending[:1])["job-a-1"].reason == "contract_broken"

    # Credits

    def test_credits_are_not_said_unless_asked_for(self, provider, request_):
        self.usage = {"credits": 2.0, "parse_credits": 2.0}
        assert self.reply(provider, request_).credits is None

    @pytest.mark.parametrize(
        ("usage", "said"),
        [
            ({"credits": 2.0, "parse_credits": 2.0}, 2.0),
            ({"credits": None}, None),
            (None, None),
            ({"credits": "2"}, None),
        ],
    )
    def test_credits_are_those_billed_in_all(self, wire, access, request_, usage, said):
        self.usage = usage
        provider = LlamaCloudV2(wire, replace(access, options={"reads_usage": True}))
        assert self.reply(provider, request_).credits == said

    def test_an_answer_is_not_lost_because_its_price_could_not_be_had(self, wire, access, request_, vendor):
        provider = LlamaCloudV2(wire, replace(access, options={"reads_usage": True}))
        vendor.fail(self.refusal(500), on=lambda seen: "usage" in seen.asked_for("expand"))
        assert self.reply(provider, request_).answer.type == "Invoice"

    # The rest

    def test_what_was_sent_is_found_by_its_key(self, provider, request_):
        provider.submit(request_)
        assert provider.find("job-a-1").remote_id == "job-1"

    def test_a_lost_job_is_looked_for_among_those_of_its_time_alone(self, provider, request_, vendor):
        provider.submit(request_)
        assert provider.find_left("job-a-1", between=self.TODAY).jobs == ["job-1"]
        asked = vendor.calls(lambda seen: seen.method == "GET" and seen.path == JOBS)[-1]
        assert asked.asked_for("created_at_on_or_after") == ["2026-03-01T08:00:00+00:00"]
        assert asked.asked_for("created_at_on_or_before") == ["2026-03-01T09:00:00+00:00"]

    def test_a_search_that_runs_out_of_time_says_how_far_it_came(self, provider, tmp_path, monkeypatch):
        for name in "abc":
            provider.submit(self.a_request(tmp_path, key=f"job-{name}-1"))
        self.page_size = 1
        assert provider.find_left("job-c-1", between=self.TODAY).jobs == ["job-3"]
        monkeypatch.setattr(llamacloud_v2, "SEARCH_SECONDS", 0)
        assert provider.find_left("job-a-1", between=self.TODAY).jobs == ["job-1"]
        with pytest.raises(RejectedError, match="After 1 pages"):
            provider.find_left("job-c-1", between=self.TODAY)

    def test_a_job_that_still_runs_is_stopped_before_it_is_deleted(self, provider, vendor):
        vendor.answer = self.refuse_the_first_delete(vendor)
        provider.forget(remote_id="job-1", uploaded="dfl-1")
        asked = [(seen.method, seen.path) for seen in vendor.seen]
        assert asked == [
            ("DELETE", f"{JOBS}/job-1"),
            ("POST", f"{JOBS}/job-1/cancel"),
            ("DELETE", f"{JOBS}/job-1"),
            ("DELETE", f"{FILES}/dfl-1"),
        ]

    @staticmethod
    def refuse_the_first_delete(vendor):
        def answer(seen: Seen) -> Says:
            return Says({"detail": "not terminal"}, status=409) if len(vendor.seen) == 1 else Says({"id": "job-1"})

        return answer

    def test_a_check_names_the_project(self, provider):
        assert provider.test().said == "The key works, for the project “Post room”."

    def test_a_check_says_that_the_key_has_no_such_project(self, wire, access):
        with pytest.raises(MisconfiguredError, match="no project p-9"):
            LlamaCloudV2(wire, replace(access, options={"project_id": "p-9"})).test()

    def test_a_check_of_something_else_altogether_wonders_about_the_address(self, provider, vendor):
        vendor.answer = lambda _seen: Says({"detail": "Not Found"}, status=404)
        with pytest.raises(WrongAddressError, match="Is the base URL right"):
            provider.test()


def test_each_region_has_a_host_and_an_address_of_ones_own_goes_before():
    assert base_url(Access()) == "https://api.cloud.llamaindex.ai"
    assert base_url(Access(options={"region": "eu"})) == "https://api.cloud.eu.llamaindex.ai"
    assert base_url(Access(base_url="http://127.0.0.1:9", options={"region": "eu"})) == "http://127.0.0.1:9"
    with pytest.raises(MisconfiguredError, match="no region"):
        base_url(Access(options={"region": "moon"}))
