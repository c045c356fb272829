"""The steps of an erasure: who, where, and whether all of it is gone."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from daybook.cli import render
from daybook.cli.erase_places import DELIVERED, Place, places
from daybook.cli.project import Project
from daybook.erasure import journal, logs, suppression
from daybook.erasure.clear import Clear
from daybook.erasure.delivered import remove_unfinished
from daybook.erasure.found import Found
from daybook.erasure.links import Links, Resolved
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.requests import Request
from daybook.erasure.subjects import Subjects
from daybook.lake import files, staging
from daybook.singer.log import counted


@dataclass(frozen=True, slots=True)
class Report:
    """What was done; nothing in it is personal.

    Attributes:
        at: When it ended, ISO 8601 in UTC.
        key: The id of the key.
        dry_run: Whether nothing was changed.
        requests: How many there were.
        resolved: Whom they are about, in numbers.
        found: Where the people were, and how many rows, lines or objects
            lost what was personal.
        left: Where the proof found them still.
    """

    at: str
    key: str
    dry_run: bool
    requests: int
    resolved: Resolved
    found: Sequence[Found]
    left: Sequence[Found]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON; digests are counted, not told."""
        body = asdict(self)
        body["resolved"].pop("digests")
        return body


def run(
    here: Project, of: Pseudonyms, asked: Sequence[Request], *, dry_run: bool
) -> Report:
    """Erase those who are asked for, and all who ever were.

    Raises:
        BusyError: Another erasure, or a run, is under way somewhere.
        DaybookError: A place cannot be read or written; what was begun
            is ended by the next run.
    """
    with suppression.erasing(here.lake, only_look=dry_run):
        if not dry_run:
            with files.storage_errors("Removing unfinished work"):
                # Also what a run built and has not yet taken on.
                staging.sweep(here.lake, spare=staging.is_parked)
                remove_unfinished(here.root / DELIVERED, here.lake)
        return _erase(here, of, asked, dry_run=dry_run)


def _erase(
    here: Project, of: Pseudonyms, asked: Sequence[Request], *, dry_run: bool
) -> Report:
    known = suppression.suppressed(here.lake, of) or Subjects(of)
    known = known.and_those(journal.unfinished(here.lake, of.key_id))
    links = Links(of, asked, known.digests)
    if links.asked and not dry_run:
        # To look for them takes time, in which this can be killed.
        journal.begin(here.lake, of.key_id, links.asked)
    there = places(here)
    if asked or known.digests:
        _read(there, links)
    resolved = links.resolve()
    people = known.and_those(resolved.digests).and_those(links.of_known())
    clear = _clear(there, people)
    people = people.and_those(clear.digests())
    if dry_run:
        found = _search(here, people, clear)
        return _report(of, asked, resolved, found, dry_run=True)
    journal.begin(here.lake, of.key_id, people.digests)
    suppression.add(here.lake, of, people.digests)
    found, left = _pass(here, there, people, clear)
    if left and not _is_stopped(left):
        # What came meanwhile, while its values are yet known.
        more, left = _pass(here, places(here), people, clear)
        found += more
    report = _report(of, asked, resolved, found, left=left)
    _keep(here.lake, report)
    if not left:
        journal.finish(here.lake)
    return report


def _pass(
    here: Project, there: Sequence[Place], people: Subjects, clear: Clear
) -> tuple[list[Found], list[Found]]:
    """Erase people; return where they were, and where they are yet.

    What was said of them is found by the values that tables hold, so
    these stay for as long as some of it cannot be read or written.
    """
    found = list(_noted(logs.erase(_project(here), clear)))
    stopped = [one for one in found if _is_stopped([one])]
    if stopped:
        render.note(
            "Tables and delivered files were left as they are: by their "
            "values people are found in what cannot be read or written."
        )
        return found, stopped
    for place in there:
        found += _noted(place.erase(people))
    return found, _search(here, people, clear)


def _is_stopped(found: Iterable[Found]) -> bool:
    return any(one.problem not in {None, logs.AT_WORK} for one in found)


def _read(there: Iterable[Place], links: Links) -> None:
    """Learn which ids and addresses stand together in all records."""
    for place in there:
        for record in place.identities():
            links.add(record)


def _clear(there: Sequence[Place], people: Subjects) -> Clear:
    """Return the values that are yet there, to be looked for in texts."""
    records = (record for place in there for record in place.values(people))
    return Clear(people, records)


def _search(here: Project, people: Subjects, clear: Clear) -> list[Found]:
    """Return where the people are.

    What a run is about to publish is looked at first: if it does so
    meanwhile, its day is among the places then.
    """
    found = logs.search(_project(here), clear)
    for place in places(here):
        found += place.search(people)
    return found


def _project(here: Project) -> logs.Project:
    return logs.Project(here.root, here.lake, here.env)


def _noted(found: Iterable[Found]) -> Iterator[Found]:
    for one in found:
        render.note(f"{one.where}: {counted(one.rows, 'record')}")
        yield one


def _report(
    of: Pseudonyms,
    asked: Sequence[Request],
    resolved: Resolved,
    found: Sequence[Found],
    *,
    left: Sequence[Found] = (),
    dry_run: bool = False,
) -> Report:
    now = datetime.datetime.now(datetime.UTC)
    return Report(
        at=now.isoformat(timespec="seconds"),
        key=of.key_id,
        dry_run=dry_run,
        requests=len(asked),
        resolved=resolved,
        found=found,
        left=left,
    )


def _keep(root: Path, report: Report) -> None:
    """Write the report beside the suppression list."""
    folder = root / suppression.FOLDER / "reports"
    name = report.at.replace(":", "").replace("+0000", "Z")
    with files.storage_errors("Writing the erasure's report"):
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(report.to_json(), indent=1) + "\n"
        files.replace_durably(folder / f"{name}.json", text.encode())
