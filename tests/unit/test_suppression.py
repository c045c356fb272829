"""The list of people who stay erased."""

import json
import subprocess
import sys

import pytest

from daybook.erasure import journal, suppression
from daybook.erasure.key import VARIABLE
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.errors import BusyError, ConfigError, InputError

KEY = "a key of the tests, and of nothing else"
OF = Pseudonyms(KEY.encode())
JANE = OF.digest("subject", "007")
JOE = OF.digest("subject", "8")
DAMAGED = ("", "{}", "[]", "[" * 100_000, "1", "null", '{"digests": ["ab')
WITHOUT = ("{}", '["x"]', f'"{JANE}"', '["7"]', "[7]", "null")


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv(VARIABLE, KEY)


def test_a_lake_without_a_list_needs_no_key(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE)
    assert suppression.suppressed(tmp_path) is None


def test_who_was_added_is_on_the_list(tmp_path):
    assert suppression.add(tmp_path, OF, [JANE]) == 1
    people = suppression.suppressed(tmp_path)
    assert people is not None
    assert people.are_named_by("subject", "007")
    assert not people.are_named_by("subject", "7")


def test_nobody_leaves_the_list(tmp_path):
    suppression.add(tmp_path, OF, [JANE])
    assert suppression.add(tmp_path, OF, [JOE]) == 1
    people = suppression.suppressed(tmp_path)
    assert people is not None
    assert people.digests == {JANE, JOE}


def test_adding_again_writes_nothing(tmp_path):
    suppression.add(tmp_path, OF, [JANE])
    path = tmp_path / ".erasure" / "suppressed.json"
    before = path.stat()
    assert suppression.add(tmp_path, OF, [JANE]) == 0
    assert path.stat() == before


def test_the_list_tells_nobody_anything(tmp_path):
    suppression.add(tmp_path, OF, [JANE])
    text = (tmp_path / ".erasure" / "suppressed.json").read_text()
    assert set(json.loads(text)) == {"version", "key", "digests"}
    assert "007" not in json.loads(text)["digests"]
    assert KEY not in text


@pytest.mark.parametrize("key", [None, "", "short"])
def test_a_list_without_its_key_is_refused(tmp_path, monkeypatch, key):
    suppression.add(tmp_path, OF, [JANE])
    monkeypatch.delenv(VARIABLE)
    if key is not None:
        monkeypatch.setenv(VARIABLE, key)
    with pytest.raises(ConfigError, match=VARIABLE):
        suppression.suppressed(tmp_path)


def test_another_key_is_refused(tmp_path, monkeypatch):
    suppression.add(tmp_path, OF, [JANE])
    monkeypatch.setenv(VARIABLE, KEY + "!")
    with pytest.raises(ConfigError, match="not the key"):
        suppression.suppressed(tmp_path)
    with pytest.raises(ConfigError, match="not the key"):
        suppression.add(tmp_path, Pseudonyms(b"x" * 40), [JANE])


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_list_is_told(tmp_path, text):
    suppression.add(tmp_path, OF, [JANE])
    (tmp_path / ".erasure" / "suppressed.json").write_text(text)
    with pytest.raises(InputError, match="no suppression list"):
        suppression.suppressed(tmp_path)


@pytest.mark.parametrize("digests", WITHOUT)
def test_a_list_of_something_else_is_told(tmp_path, digests):
    suppression.add(tmp_path, OF, [JANE])
    text = f'{{"version": 1, "key": "{OF.key_id}", "digests": {digests}}}'
    (tmp_path / ".erasure" / "suppressed.json").write_text(text)
    with pytest.raises(InputError, match="no suppression list"):
        suppression.suppressed(tmp_path)


def test_a_list_that_is_no_plain_file_is_told(tmp_path):
    suppression.add(tmp_path, OF, [JANE])
    path = tmp_path / ".erasure" / "suppressed.json"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to("gone")
    with pytest.raises(InputError, match="no suppression list"):
        suppression.suppressed(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="no suppression list"):
        suppression.add(tmp_path, OF, [JANE])


def test_the_list_of_a_later_version_is_refused(tmp_path):
    suppression.add(tmp_path, OF, [JANE])
    path = tmp_path / ".erasure" / "suppressed.json"
    path.write_text('{"version": 2, "people": "otherwise"}')
    with pytest.raises(ConfigError, match="format version 2"):
        suppression.suppressed(tmp_path)


def test_one_erasure_runs_at_a_time(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from daybook.erasure.suppression import erasing\n"
        "with erasing(Path(sys.argv[1])): print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(BusyError, match="Another erasure"),
            suppression.erasing(tmp_path),
        ):
            pass
        other.communicate("\n")
    with suppression.erasing(tmp_path):
        pass


def test_what_was_begun_is_unfinished_until_it_is_finished(tmp_path):
    assert journal.unfinished(tmp_path, OF.key_id) == frozenset()
    journal.begin(tmp_path, OF.key_id, frozenset({JANE}))
    journal.begin(tmp_path, OF.key_id, frozenset({JOE}))
    assert journal.unfinished(tmp_path, OF.key_id) == {JANE, JOE}
    journal.finish(tmp_path)
    assert journal.unfinished(tmp_path, OF.key_id) == frozenset()


def test_what_was_begun_with_another_key_is_refused(tmp_path):
    journal.begin(tmp_path, OF.key_id, frozenset({JANE}))
    with pytest.raises(ConfigError, match="not finished"):
        journal.unfinished(tmp_path, "another")


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_journal_is_told(tmp_path, text):
    journal.begin(tmp_path, OF.key_id, frozenset({JANE}))
    (tmp_path / ".erasure" / "journal.json").write_text(text)
    with pytest.raises(InputError, match="no journal"):
        journal.unfinished(tmp_path, OF.key_id)
    with pytest.raises(InputError, match="no journal"):
        journal.begin(tmp_path, OF.key_id, frozenset({JOE}))
