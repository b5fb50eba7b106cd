"""Where bytes and what is made of them lie: one folder per project and content hash, so that erasing is removing.

::

    files/<project>/<ab>/<sha256>            the upload itself
    renders/<project>/<ab>/<sha256>/         page images
    readings/<project>/<ab>/<sha256>/        what was read, per engine and options
"""

from __future__ import annotations

import errno
import re
import shutil
import time
import uuid
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from jobs.models import Document

KINDS = ("files", "renders", "readings")
HALF_MADE = re.compile(r"^(cut|picture)-[0-9a-f]{32}\.(pdf|jpg)$|\.[0-9a-f]{32}$|^\..+\.part$")
HALF_MADE_SECONDS = 86_400


def blob_path(project_uid: uuid.UUID, sha256: str) -> Path:
    """Where the bytes are, or will be."""
    return _folder("files", project_uid, sha256)


def readings_folder(project_uid: uuid.UUID, sha256: str) -> Path:
    """Where what was read from these bytes is kept."""
    return _folder("readings", project_uid, sha256)


def page_image_path(project_uid: uuid.UUID, sha256: str, *, page: int, width: int) -> Path:
    """Where the image of a page, ``width`` pixels wide, is kept."""
    return _folder("renders", project_uid, sha256) / f"{page}-{width}.webp"


def document_path(document: Document) -> Path:
    """Where the bytes of a present document are; ``FileNotFoundError`` once it was erased."""
    path = blob_path(document.project.uid, document.blob.sha256) if document.blob else None
    if path is None or not path.is_file():
        raise FileNotFoundError(f"document {document.uid} has no bytes")
    return path


def keep_only_with_bytes(made: Path, *, original: Path) -> bool:
    """Whether ``original`` is still there now that ``made`` was written from it. If not, it was erased meanwhile, after
    its folders were emptied, and what was made of it goes too."""
    if original.exists():
        return True
    made.unlink(missing_ok=True)
    return False


def keep(temporary: Path, *, project_uid: uuid.UUID, sha256: str) -> Path:
    """Move a finished upload into place. The same bytes twice are one file; a crash leaves either none or all."""
    target = blob_path(project_uid, sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        temporary.unlink(missing_ok=True)
        return target
    try:
        temporary.replace(target)
    except OSError:  # the temporary folder is on another disk
        beside = target.with_suffix(f".{uuid.uuid4().hex}")
        shutil.copyfile(temporary, beside)
        beside.replace(target)
        temporary.unlink(missing_ok=True)
    target.chmod(0o640)
    return target


def remove_everything(project_uid: uuid.UUID, sha256: str) -> None:
    """Remove the bytes and all that was made of them. ``OSError`` where the disk does not let go of something."""
    blob_path(project_uid, sha256).unlink(missing_ok=True)
    for kind in ("renders", "readings"):
        _remove_folder(_folder(kind, project_uid, sha256))


def _remove_folder(folder: Path) -> None:
    """Whoever writes there at this moment may be faster once, and then finds that the bytes are gone."""
    for is_last in (False, True):
        shutil.rmtree(folder, onerror=partial(_judge_trouble, may_refill=not is_last))


def _judge_trouble(
    _function: object, _path: object, trouble: tuple[Any, BaseException, Any], *, may_refill: bool
) -> None:
    number = getattr(trouble[1], "errno", None)
    if number != errno.ENOENT and not (may_refill and number in {errno.ENOTEMPTY, errno.EEXIST}):
        raise trouble[1]


def remove_half_made() -> int:
    """Remove what was being written, or was cut or drawn for one call to a provider, when its process died. What is at
    work now is younger than a day. Returns how many files."""
    removed = 0
    for kind in KINDS:
        for path in (settings.DATA_DIR / kind).rglob("*"):
            if HALF_MADE.search(path.name):
                removed += _remove_if_old(path)
    return removed


def _remove_if_old(path: Path) -> bool:
    try:
        if time.time() - path.stat().st_mtime <= HALF_MADE_SECONDS:
            return False
        path.unlink()
    except FileNotFoundError:
        return False  # erased meanwhile
    return True


def remove_project(project_uid: uuid.UUID) -> None:
    """Remove the folders of a whole project."""
    for kind in KINDS:
        shutil.rmtree(settings.DATA_DIR / kind / str(project_uid), ignore_errors=True)


def _folder(kind: str, project_uid: uuid.UUID, sha256: str) -> Path:
    return Path(settings.DATA_DIR) / kind / str(project_uid) / sha256[:2] / sha256
