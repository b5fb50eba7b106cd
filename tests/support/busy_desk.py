"""A desk on which everything that can happen has happened, made in this process: no worker is needed to look at it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from classifyhub.accounts import keys, people
from classifyhub.accounts.models import ApiKey, Project, Role, User
from jobs import checks, erasure, pipeline, review, states
from jobs.models import Document, IntakeBatch, Job, Reason, ReviewItem, Run
from jobs.providers.base import Call
from jobs.remote import circuits
from jobs.sample import desk as sample_desk
from rules import drafts, publishing
from rules.models import Connection, Preset, PresetVersion
from rules.shape import Destination, Draft, make_rules
from rules.starters import LENDING_PACKET
from tests import hostile_files
from tests.support.addresses import all_addresses
from tests.support.clerk import Clerk
from tests.support.factories import a_connection, a_document, a_member, a_run, a_version

PASSWORD = "amber-kettle-lantern"
FORBIDDEN = {
    "rules": [{"id": "dddddddd", "type": "Invoice / bill", "description": "Short", "monogram": "IB"}],
    "provider": "llamacloud_v2",
}


@dataclass
class BusyDesk:
    """``person`` may do everything in ``project``, the sample desk, and in ``empty``, where nothing ever happened."""

    person: User = field(init=False)
    project: Project = field(init=False)
    empty: Project = field(init=False)
    finished: Run = field(init=False)
    live: Run = field(init=False)
    troubled: Run = field(init=False)
    unknown: Job = field(init=False)
    unpublished: Preset = field(init=False)
    invitation: people.Invitation = field(init=False)
    key: ApiKey = field(init=False)
    connection: Connection = field(init=False)
    remote: PresetVersion = field(init=False)

    def __post_init__(self) -> None:
        start = people.bootstrap(email="mara@example.org", password=PASSWORD, api_key=None)
        self.person, self.empty = start.user, start.project
        drafts.ensure_default_preset(self.empty, by=self.person)
        self.project = sample_desk.load(by=self.person)
        self._fill_runs()
        self._decide()
        self._fill_presets()
        self._fill_settings()
        self._stage()

    def job(self, name: str) -> Job:
        """The newest job of the document of this name."""
        return Job.objects.filter(project=self.project, document__name=name).order_by("pk").last()  # type: ignore[return-value]

    def item(self, name: str) -> ReviewItem:
        return ReviewItem.objects.get(project=self.project, document__name=name)

    def address(self, name: str, query: str = "", **parts: Any) -> str:
        return reverse(name, kwargs={"project": self.project.slug, **parts}) + query

    def _fill_runs(self) -> None:
        self.finished = self.project.runs.get()
        for job in self.finished.jobs.order_by("pk"):
            checks.check(job.document_id)
            pipeline.run(job.pk)
        version = a_version(self.project, provider="local")
        locked = a_document(
            self.project, content=hostile_files.make_password_rc4(), name="locked.pdf", media_type="application/pdf"
        )
        gone = a_document(self.project, name="gone.txt")
        self.troubled = a_run(self.project, by=self.person, version=version, documents=[locked, gone])
        for job in self.troubled.jobs.order_by("pk"):
            pipeline.run(job.pk)
        erasure.erase_document(gone, by=self.person)
        self.live = a_run(self.project, by=self.person, version=a_version(self.project), documents=4)
        claimed, unknown, cancelled, _queued = self.live.jobs.order_by("pk")
        states.claim(claimed.pk, worker="here-1", lease_seconds=600)
        states.fail(states.claim(unknown.pk, worker="here-1", lease_seconds=600), reason=Reason.OUTCOME_UNKNOWN)  # type: ignore[arg-type]
        states.cancel(cancelled, by=self.person)
        self.unknown = unknown

    def _decide(self) -> None:
        """One decision of each kind; the rest of the sample goes on waiting."""
        for name, decide in {
            "sallowby_remittance_17_march.eml": lambda held: review.approve(
                held.item, token=held.claim.token, by=self.person
            ),
            "scan_0317_receipt.png": lambda held: review.decide(
                held.item, "Expense claim", token=held.claim.token, by=self.person, comment="The form says so"
            ),
            "canteen_menu_week_13.txt": lambda held: review.escalate(
                held.item, token=held.claim.token, by=self.person, comment="Do we file menus?"
            ),
            "locked.pdf": lambda held: review.set_aside(
                held.item, token=held.claim.token, by=self.person, comment="Unreadable"
            ),
        }.items():
            held = review.claim(self.item(name), by=self.person)
            assert held is not None
            decide(held)

    def _fill_presets(self) -> None:
        draft = Draft.from_json(FORBIDDEN)
        self.unpublished = drafts.create_preset(self.project, "Not ready yet", by=self.person, draft=draft)

    def _fill_settings(self) -> None:
        self.key, _secret = keys.create_key(self.project, "Scanner", by=self.person)
        self.connection = a_connection(self.project, "llamacloud_v2", name="Mail room")
        self._fill_remote()
        a_member(self.project, Role.REVIEWER, email="ines@example.org", name="Ines V.")
        self.invitation = people.invite(self.project, "noa@example.org", Role.VIEWER, by=self.person)

    def _fill_remote(self) -> None:
        """A preset that goes through a connection whose key is refused, and has a fallback."""
        lending = a_connection(self.project, "landingai", name="Lending packets", daily_cap=2000)
        rules = make_rules(LENDING_PACKET.draft_rules())
        goes = {"provider": "landingai", "connection": str(lending.uid), "fallback": Destination("local")}
        draft = Draft(rules=rules, lang="de", max_pages=5, **goes)
        preset = drafts.create_preset(self.project, "Lending packets", by=self.person, draft=draft)
        self.remote = publishing.publish(preset, by=self.person, note="")
        refusal = Call(verb="POST", seconds=1, reason="bad_credentials", said="The provider answered 401: no such key")
        circuits.note(lending, refusal)

    def _stage(self) -> None:
        files = {
            "new.txt": b"Dear Sir, a letter.",
            "torn.pdf": hostile_files.make_header_only(),
            "nothing.txt": b"",
            f"{'a-very-long-name-' * 12}.txt": b"Dear Sir, another letter.",
        }
        batch = Clerk(self.project, user=self.person).upload(files)
        for document in batch.documents.filter(check_state=Document.Check.PENDING):
            checks.check(document.pk)

    def address_of(self, name: str) -> str:
        """An address of this name that leads somewhere."""
        known = self._parts_of(name)
        needed = next(parts for pattern, parts in all_addresses() if pattern.name == name)
        return reverse(name, kwargs={part: known[part] for part in needed})

    def _parts_of(self, name: str) -> dict[str, Any]:
        """Something real for each part that the address of ``name`` may have. KeyError for a kind that is new: then
        say here what stands for it."""
        by_kind = {
            "run": self.finished.uid,
            "job": self.job("ombrel_second_reminder.pdf").uid,
            "document": self.job("nettlehaugh_invoice_with_note.pdf").document.uid,
            "review": self.item("varncastle_complaint.docx").uid,
            "preset": self.finished.version.preset.uid,  # type: ignore[union-attr]
            "stuck": self.unknown.uid,
            "settings_member": self.invitation.membership.user.uid,
            "settings_key": self.key.uid,
            "settings_connection": self.connection.uid,
        }
        kinds = sorted((kind for kind in by_kind if f"{name}_".startswith(f"{kind}_")), key=len)
        return {
            "project": self.project.slug,
            "token": self.invitation.token,
            "page": 1,
            "number": 1,
            "batch": IntakeBatch.objects.get(project=self.project).uid,
            "client_uid": uuid.uuid4(),
            "connection": self.connection.uid,
            **({"uid": by_kind[kinds[-1]]} if kinds else {}),
        }

    def more(self) -> dict[str, str]:
        """States of pages that their plain address does not show."""
        empty = {"project": self.empty.slug}
        failed = self.troubled.jobs.get(reason=Reason.ENCRYPTED)
        erased = self.troubled.jobs.exclude(pk=failed.pk).get()
        preset = self.finished.version.preset
        assert preset is not None
        rule = preset.draft["rules"][1]["id"]
        return {
            **{f"{name} with nothing": self.address(name, **empty) for name in ("home", "upload", "runs", "review")},
            "presets with one": self.address("presets", **empty),
            "run in progress": self.address("run", uid=self.live.uid),
            "run with failures": self.address("run", uid=self.troubled.uid),
            "run filtered to nothing": self.address("run", "?q=nowhere", uid=self.finished.uid),
            "job that failed": self.address("job", uid=failed.uid),
            "job of an erased document": self.address("job", uid=erased.uid),
            "job in progress": self.address("job", uid=self.live.jobs.order_by("pk")[0].uid),
            "job of two pages": self.address("job", "?page=2", uid=self.job("nettlehaugh_invoice_with_note.pdf").uid),
            "job decided by hand": self.address("job", uid=self.job("scan_0317_receipt.png").uid),
            "job of a mail": self.address("job", uid=self.job("sallowby_remittance_17_march.eml").uid),
            "review without an answer": self.address("review_item", uid=self.item("locked.pdf").uid),
            "review of an escalated one": self.address("review_item", uid=self.item("canteen_menu_week_13.txt").uid),
            "editor with a rule open": self.address("preset", f"?rule={rule}", uid=preset.uid),
            "editor that blocks": self.address("preset", uid=self.unpublished.uid),
            "editor with a connection": self.address("preset", uid=self.remote.preset.uid),  # type: ignore[union-attr]
            "launch through a connection": self.address("upload", f"?version={self.remote.uid}"),
            "connection whose key is refused": self.address(
                "settings_connections",
                f"?connection={self.remote.connection.uid}",  # type: ignore[union-attr]
            ),
            "diff of a first draft": self.address("preset_diff", uid=self.unpublished.uid),
            "member chosen": self.address("settings_members", f"?member={self.person.uid}"),
            "invited member chosen": self.address("settings_members", f"?member={self.invitation.membership.user.uid}"),
            "key chosen": self.address("settings_keys", f"?key={self.key.uid}"),
            "connection chosen": self.address("settings_connections", f"?connection={self.connection.uid}"),
            "connection to be added": self.address("settings_connections", "?provider=openai_compatible"),
            "log filtered": self.address("audit_log", "?verb=preset."),
            "page that is not there": "/p/nobody-knows/",
            "link that is used up": "/link/gone/",
        }
