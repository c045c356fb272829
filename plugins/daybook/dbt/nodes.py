"""What dbt's nodes are made of: tables of the lake, and other nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from daybook.dbt.days import Reads
from daybook.errors import ConfigError, cut

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def reads(manifest: Manifest, nodes: Sequence[Any]) -> list[Reads]:
    """Return the tables of the lake that the nodes read."""
    names = {name for node in nodes for name in _parents(manifest, node)}
    found = [manifest.sources[n] for n in names if n in manifest.sources]
    return [Reads(_name(one.schema), _name(one.identifier)) for one in found]


def _name(quoted: str) -> str:
    """Return a name as it is: dbt sets quotes around it, and doubles none."""
    return quoted.replace('""', '"')


def models(manifest: Manifest, nodes: Sequence[Any]) -> list[Any]:
    """Return the models among the nodes and what they refer to."""
    names = {node.unique_id for node in nodes} | {
        name for node in nodes for name in _parents(manifest, node)
    }
    found = [manifest.nodes[n] for n in names if n in manifest.nodes]
    return [node for node in found if node.resource_type == "model"]


def check_complete(manifest: Manifest, nodes: Sequence[Any]) -> None:
    """Check that what the nodes refer to is built with them.

    Raises:
        ConfigError: It is not; names the first.
    """
    built = {node.unique_id for node in nodes}
    for node in nodes:
        for name in _parents(manifest, node):
            if name in manifest.nodes and name not in built:
                raise _apart(node, manifest.nodes[name])


def _parents(manifest: Manifest, node: Any) -> Iterator[str]:
    """Yield what a node reads, through what is part of its own query."""
    # A seed depends on macros only.
    for name in getattr(node.depends_on, "nodes", ()):
        parent = manifest.nodes.get(name)
        if parent and parent.config.materialized == "ephemeral":
            yield from _parents(manifest, parent)
        else:
            yield name


def _apart(node: Any, parent: Any) -> ConfigError:
    return ConfigError(
        f"The {node.resource_type} {cut(node.name)} "
        f"({node.original_file_path}) refers to {cut(parent.name)} "
        f"({parent.original_file_path}), which is not built with it.",
        "What is built together lies in one folder, of models, seeds or "
        "snapshots; what another pipeline built is read from its day, with "
        "source('PIPELINE', 'MODEL') and a sources.yml.",
    )
