"""The targets that `daybook audit` can ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.cli import render

if TYPE_CHECKING:
    from daybook.cli.project import Project
    from daybook.duck.audit_result import TableAudit
    from daybook.lake.manifest import Manifest


class TargetName(StrEnum):
    """What can be audited."""

    WAREHOUSE = "warehouse"
    GRAPH = "graph"
    MYSQL = "mysql"


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be audited.

    Attributes:
        root: The lake's root.
        manifests: The days, one per source.
        streams: Sources and streams that are asked about.
        schema: The warehouse's schema, None for each that holds the day.
        limit: So many rows are shown per table and kind.
        named: Whether targets were named, so that they must hold all.
    """

    root: Path
    manifests: Sequence[Manifest]
    streams: frozenset[tuple[str, str]]
    schema: str | None
    limit: int
    named: bool = False


Answer = Callable[[Question], Iterable["TableAudit"]]
"""Answers a question."""


@dataclass(frozen=True, slots=True)
class Target:
    """A target and how it is asked.

    Attributes:
        variable: What holds its URL.
        example: Such a URL.
        plugin: What loads it.
        audit: Answers a question.
    """

    variable: str
    example: str
    plugin: str
    audit: Callable[[str, Question], Iterable[TableAudit]]


def answers(here: Project, only: Sequence[TargetName]) -> dict[str, Answer]:
    """Return what asks each target that is to be audited, by its name.

    Raises:
        ConfigError: One that was named has no URL, or none has one.
    """
    return {
        str(name): partial(TARGETS[name].audit, url)
        for name, url in urls(here, only).items()
    }


def urls(here: Project, only: Sequence[TargetName]) -> dict[TargetName, str]:
    """Return the URL of each target that is to be audited.

    Raises:
        ConfigError: One that was named has none, or none has one.
    """
    if only:
        named = {name: TARGETS[name] for name in only}
        return {
            name: here.need(one.variable, one.example)
            for name, one in named.items()
        }
    found = {}
    for name, one in TARGETS.items():
        url = here.env.get(one.variable)
        if url:
            found[name] = url
        elif name is not TargetName.MYSQL:  # not everybody has one
            render.note(f"{one.variable} is not set: no {name} to audit.")
    if not found:
        first = next(iter(TARGETS.values()))
        here.need(first.variable, first.example)
    return found


def _warehouse(url: str, question: Question) -> Iterable[TableAudit]:
    from daybook.postgres.audit.audit import audit as audit_warehouse

    return audit_warehouse(
        url,
        question.root,
        question.manifests,
        question.streams,
        schema=question.schema,
        limit=question.limit,
    )


def _graph(url: str, question: Question) -> Iterable[TableAudit]:
    from daybook.neo4j.audit import audit as audit_graph

    return audit_graph(
        url,
        question.root,
        question.manifests,
        question.streams,
        limit=question.limit,
    )


def _mysql(url: str, question: Question) -> Iterable[TableAudit]:
    from daybook.mysql.audit.audit import audit as audit_mysql

    return audit_mysql(
        url,
        question.root,
        question.manifests,
        question.streams,
        limit=question.limit,
        only_known=not question.named,
    )


TARGETS: Mapping[TargetName, Target] = {
    TargetName.WAREHOUSE: Target(
        "WAREHOUSE_URL",
        "postgresql://user:secret@host:5432/db",
        "target-postgres",
        _warehouse,
    ),
    TargetName.GRAPH: Target(
        "NEO4J_URL",
        "bolt://neo4j:secret@host:7687/neo4j",
        "target-neo4j",
        _graph,
    ),
    TargetName.MYSQL: Target(
        "PEOPLE_URL",
        "mysql://user:secret@host:3306/database",
        "target-mysql",
        _mysql,
    ),
}
