import json

import pytest

from daybook.day import Day
from daybook.errors import BusyError, ConfigError
from daybook.lake.lock import day_lock
from lake_days import DAY


def test_a_second_run_of_a_day_fails_at_once_and_names_the_holder(tmp_path):
    with (
        day_lock(tmp_path, "csv", DAY, "target-csv", "run 7"),
        pytest.raises(BusyError, match=r"target-csv \(process \d+.*run 7"),
        day_lock(tmp_path, "csv", DAY, "target-csv"),
    ):
        pass


def test_other_days_and_sources_run_side_by_side(tmp_path):
    with (
        day_lock(tmp_path, "csv", DAY, "one"),
        day_lock(tmp_path, "csv", Day.parse("2024-12-21"), "two"),
        day_lock(tmp_path, "postgres", DAY, "three"),
    ):
        assert len(list(tmp_path.glob(".locks/*/*"))) == 3


def test_the_holder_is_erased_on_release_and_the_file_stays(tmp_path):
    path = tmp_path / ".locks" / "csv" / str(DAY)
    with day_lock(tmp_path, "csv", DAY, "target-csv"):
        assert json.loads(path.read_bytes())["holder"] == "target-csv"
    assert path.read_bytes() == b""


def test_what_a_killed_holder_left_is_no_lock(tmp_path):
    path = tmp_path / ".locks" / "csv" / str(DAY)
    path.parent.mkdir(parents=True)
    path.write_text("x" * 500)
    with day_lock(tmp_path, "csv", DAY, "target-csv"):
        assert json.loads(path.read_bytes())["holder"] == "target-csv"


@pytest.mark.parametrize("source", ["", " ", "a\nb", "\x00", "\udcff"])
def test_a_bad_source_name_is_refused_before_anything_exists(tmp_path, source):
    with (
        pytest.raises(ConfigError, match="source"),
        day_lock(tmp_path, source, DAY, "target-csv"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
