"""What the documents name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from daybook.csv.tap import TapCsv
from daybook.csv.target import TargetCsv
from daybook.postgres.tap import TapPostgres
from daybook.postgres.target import TargetPostgres

ROOT = Path(__file__).parents[2]
PLUGINS = (TapCsv, TapPostgres, TargetCsv, TargetPostgres)
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
    named = set(re.findall(r"\b(?:TAP|TARGET)_[A-Z]+_[A-Z_]+\b", text))
    assert named <= known


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_job_that_is_run_is_in_meltano_yml(document):
    jobs = {job["name"] for job in meltano_yml()["jobs"]}
    text = (ROOT / document).read_text()
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
    for name in re.findall(r"`([a-z_]+(?:/[a-z_]+)+\.py)`", text):
        assert (package / name).exists() or (ROOT / name).exists(), name
