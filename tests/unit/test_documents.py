"""What the documents name is there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from daybook.cli import app
from daybook.csv.tap import TapCsv
from daybook.csv.target import TargetCsv
from daybook.duck.audit_result import TableAudit
from daybook.duckdb.tap import TapDuckDB
from daybook.mysql.tap import TapMySQL
from daybook.mysql.target import TargetMysql
from daybook.neo4j.target import TargetNeo4j
from daybook.postgres.tap import TapPostgres
from daybook.postgres.target import TargetPostgres

ROOT = Path(__file__).parents[2]
PLUGINS = (
    TapCsv,
    TapDuckDB,
    TapMySQL,
    TapPostgres,
    TargetCsv,
    TargetMysql,
    TargetNeo4j,
    TargetPostgres,
)
DOCUMENTS = ("README.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md")))


def meltano_yml():
    return YAML(typ="safe").load(ROOT / "meltano.yml")


def settings_in_meltano_yml(name):
    plugins = meltano_yml()["plugins"]
    for plugin in (*plugins["extractors"], *plugins["loaders"]):
        if plugin["name"] == name:
            return {setting["name"] for setting in plugin["settings"]}
    raise AssertionError(name)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_meltano_yml_names_every_setting_of_a_plugin(plugin):
    settings = set(plugin.config_jsonschema["properties"])
    assert settings_in_meltano_yml(plugin.name) == settings


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_every_setting_is_described(plugin):
    for name, setting in plugin.config_jsonschema["properties"].items():
        assert setting.get("description"), name


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_variable_of_a_plugin_is_one_of_its_settings(document):
    known = {
        f"{plugin.name}_{setting}".replace("-", "_").upper()
        for plugin in PLUGINS
        for setting in plugin.config_jsonschema["properties"]
    }
    text = (ROOT / document).read_text()
    named = set(re.findall(r"\b(?:TAP|TARGET)_[A-Z0-9]+_[A-Z_]+\b", text))
    assert named <= known


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_job_that_is_run_is_in_meltano_yml(document):
    jobs = {job["name"] for job in meltano_yml()["jobs"]}
    text = (ROOT / document).read_text()
    jobs |= set(re.findall(r"^- name: (\w+)\n  tasks:", text, re.MULTILINE))
    assert set(re.findall(r"meltano run ([a-z]+_[a-z]+)\b", text)) <= jobs


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_inside_the_repository_leads_somewhere(document):
    place = ROOT / document
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", place.read_text())
    for link in links:
        assert (place.parent / link).exists(), link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_python_file_that_is_named_exists(document):
    text = (ROOT / document).read_text()
    package = ROOT / "plugins" / "daybook"
    for name in re.findall(r"`([a-z_]+(?:/[a-z_]+)+\.py)`(?!:\n)", text):
        assert (package / name).exists() or (ROOT / name).exists(), name


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_pipe_that_is_run_is_of_plugins_in_meltano_yml(document):
    plugins = meltano_yml()["plugins"]
    names = {p["name"] for group in plugins.values() for p in group}
    text = (ROOT / document).read_text()
    pipe = r"meltano run ((?:(?:tap|target)-[a-z0-9]+ ?)+)"
    found = re.findall(pipe, text)
    for words in found:
        assert set(words.split()) <= names, words


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_of_daybook_is_one(document):
    known = {command.callback.__name__ for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    text = (ROOT / document).read_text()
    named = re.findall(r"(?:`|^|\$ )daybook ([a-z]+)", text, re.MULTILINE)
    assert set(named) <= known


def test_every_key_of_an_audit_in_json_is_named():
    keys = {
        *(field.name for field in fields(TableAudit)),
        *("day", "targets", "equal", "tables"),
    } - {"rows_lake", "rows_target"}
    text = (ROOT / "docs" / "operations.md").read_text()
    shown = text.partition("\naudit   {")[2].partition("\npublish {")[0]
    assert keys <= set(re.findall(r"[a-z_]+", shown))


ROOMS = {
    "cli": {
        *("postgres", "mysql", "neo4j", "csv", "duckdb", "services"),
        *("relational", "singer", "duck", "erasure", "lake"),
    },
    "postgres": {"relational", "singer", "duck", "erasure", "lake"},
    "mysql": {"relational", "singer", "duck", "erasure", "lake"},
    "neo4j": {"singer", "duck", "erasure", "lake"},
    "csv": {"singer", "duck", "erasure", "lake"},
    "duckdb": {"singer", "duck", "erasure", "lake"},
    "dbt": {"singer", "duck", "lake"},
    "services": {"singer"},
    "relational": {"singer", "duck", "erasure", "lake"},
    "singer": {"lake"},
    "duck": {"lake"},
    "erasure": {"lake"},
    "lake": set(),
}
"""What each room imports, as docs/architecture.md says."""


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_what_the_architecture_says(room):
    pattern = r"^\s*(?:from|import) daybook(?:\.| import )([a-z0-9_]+)"
    found = {
        name
        for file in (ROOT / "plugins" / "daybook" / room).rglob("*.py")
        for name in re.findall(pattern, file.read_text(), re.MULTILINE)
    }
    assert found & ROOMS.keys() <= ROOMS[room] | {room}


@pytest.mark.parametrize("room", ROOMS)
def test_the_architecture_lists_every_room(room):
    text = (ROOT / "docs" / "architecture.md").read_text()
    row = next(
        line
        for line in text.splitlines()
        if line.startswith("|") and f"`{room}/`" in line.split("|")[1]
    )
    if room != "cli":
        cell = row.split("|")[3]
        assert ROOMS[room] == set(re.findall(r"`([a-z0-9]+)/`", cell))
