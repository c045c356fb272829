import json
import resource
import subprocess
import uuid
from pathlib import Path

import pytest

from daybook.errors import InputError, RefusedError
from daybook.lake import partition, staging
from daybook.lake.lock import day_lock
from daybook.lake.parked import publish_staged
from harness import BIN, environment, run_target
from lake_days import (
    DAY,
    ITEMS,
    ORDERS,
    TWO_TABLES,
    contents,
    litter,
    messages,
    publish_day,
)

RUN = "11111111-2222-3333-4444-555555555555"
GOLDEN = Path(__file__).parents[1] / "golden"
IN_RUN = {"MELTANO_PARENT_CONTEXT_UUID": RUN}


def config(lake, **more):
    return {"lake": str(lake), "source": "csv", "day": str(DAY), **more}


def golden(name):
    return (GOLDEN / name).read_text()


def test_files_with_a_receipt_are_published(lake, tmp_path):
    said = messages(tmp_path / "tap", TWO_TABLES)
    target = run_target("target-csv", config(lake), said)
    assert target.returncode == 0, target.stderr
    manifest = partition.open_day(lake, "csv", DAY)
    assert [file.rows for file in manifest.files] == [0, 3]
    assert manifest.tap == "tap-csv"
    assert target.stdout == ""
    assert litter(lake) == []


def test_a_second_run_says_unchanged_and_touches_nothing(lake, tmp_path):
    said = messages(tmp_path / "tap", TWO_TABLES)
    run_target("target-csv", config(lake), said)
    before = contents(lake)
    target = run_target("target-csv", config(lake), said)
    assert target.returncode == 0
    assert "unchanged, 2 tables, 3 rows" in target.stderr
    assert contents(lake) == before


def test_the_staging_folder_shared_with_the_tap_is_used_up(lake):
    folder = lake / ".staging" / RUN
    said = messages(folder, TWO_TABLES)
    target = run_target("target-csv", config(lake), said, IN_RUN)
    assert target.returncode == 0
    assert litter(lake) == []


def test_the_label_of_the_run_is_in_the_manifest_and_each_line(lake, tmp_path):
    said = messages(tmp_path / "tap", TWO_TABLES)
    env = {"DAYBOOK_RUN_ID": "nightly/7"}
    target = run_target("target-csv", config(lake), said, env)
    assert partition.read(lake, "csv", DAY).run == "nightly/7"
    assert all(
        line.startswith("[nightly/7]") for line in target.stderr.splitlines()
    )


def test_without_a_receipt_the_day_stays_as_it_was(lake, tmp_path):
    publish_day(lake)
    before = contents(lake)
    said = messages(tmp_path / "tap", {ORDERS: []}, receipt=False)
    target = run_target("target-csv", config(lake), said)
    assert target.returncode == 1
    assert "public-orders (0 rows so far)" in target.stderr
    assert contents(lake) == before
    assert litter(lake) == []


def test_an_input_that_is_cut_off_changes_nothing(lake, tmp_path):
    said = messages(tmp_path / "tap", TWO_TABLES)
    target = run_target("target-csv", config(lake), said[:-20])
    assert target.returncode == 1
    assert "Traceback" not in target.stderr
    assert contents(lake) == {}


def test_a_receipt_that_counts_other_rows_changes_nothing(lake, tmp_path):
    said = messages(tmp_path / "tap", TWO_TABLES).replace(
        '"rows": 3', '"rows": 4'
    )
    target = run_target("target-csv", config(lake), said)
    assert target.returncode == 1
    assert "3 of 4 rows" in target.stderr
    assert contents(lake) == {}


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, ["SOURCE is missing", "DATESTAMP is missing"]),
        (
            {"source": "csv", "day": "2024-13-01"},
            ["DATESTAMP is '2024-13-01'"],
        ),
        ({"source": "a\nb", "day": "20241220"}, ["a source", "20241220"]),
    ],
)
def test_all_that_is_missing_or_malformed_is_named_at_once(
    lake, settings, wanted
):
    settings = {"lake": str(lake), **settings}
    target = run_target("target-csv", settings, "")
    assert target.returncode == 2
    assert [text for text in wanted if text not in target.stderr] == []
    assert "MELTANO_ENVIRONMENT=extract" in target.stderr
    assert not lake.exists() or list(lake.iterdir()) == []


def test_a_refused_run_takes_along_what_its_tap_has_staged(lake):
    said = messages(lake / ".staging" / RUN, TWO_TABLES)
    target = run_target("target-csv", {"lake": str(lake)}, said, IN_RUN)
    assert target.returncode == 2
    assert litter(lake) == []


def test_a_tap_that_stages_in_a_folder_of_its_own_is_cleared_too(lake):
    said = messages(lake / ".staging" / RUN, TWO_TABLES)
    target = run_target("target-csv", config(lake), said)
    assert target.returncode == 0, target.stderr
    assert litter(lake) == []


def test_a_day_of_the_lake_handed_over_stays_as_it_is(lake):
    publish_day(lake)
    before = contents(lake)
    table = {ORDERS: TWO_TABLES[ORDERS]}
    folder = partition.folder(lake, "csv", DAY)
    said = messages(lake / "elsewhere", table).replace(
        str(lake / "elsewhere" / "0.csv"),
        str(folder / partition.read(lake, "csv", DAY).files[1].path),
    )
    copy = config(lake, source="copy")
    target = run_target("target-csv", copy, said)
    assert target.returncode == 0, target.stderr
    assert contents(lake).items() >= before.items()
    assert len(contents(lake)) == len(before) + 2


def test_a_day_that_is_being_written_is_refused_at_once(lake, tmp_path):
    said = messages(tmp_path / "tap", TWO_TABLES)
    with day_lock(lake, "csv", DAY, "another run"):
        target = run_target("target-csv", config(lake), said)
    assert target.returncode == 1
    assert "another run" in target.stderr
    assert contents(lake) == {}


@pytest.mark.parametrize("setting", ["allow_other_tap", "allow_lost_tables"])
def test_a_guard_says_no_until_its_setting_says_yes(lake, tmp_path, setting):
    tap = "tap-postgres" if setting == "allow_other_tap" else "tap-csv"
    tables = TWO_TABLES if setting == "allow_other_tap" else {ORDERS: []}
    publish_day(lake, tap=tap)
    said = messages(tmp_path / "tap", tables)
    target = run_target("target-csv", config(lake), said)
    assert (target.returncode, setting in target.stderr) == (2, True)
    target = run_target("target-csv", config(lake, **{setting: True}), said)
    assert target.returncode == 0


def test_a_tap_without_any_table_needs_allow_empty(lake, tmp_path):
    said = messages(tmp_path, {})
    target = run_target("target-csv", config(lake), said)
    assert (target.returncode, "allow_empty" in target.stderr) == (2, True)
    target = run_target("target-csv", config(lake, allow_empty=True), said)
    assert target.returncode == 0


def test_a_file_that_is_not_what_the_tap_wrote_is_refused(lake, tmp_path):
    said = messages(tmp_path / "tap", TWO_TABLES)
    (tmp_path / "tap" / "0.csv").write_text("id,note\n7,edited\n")
    target = run_target("target-csv", config(lake), said)
    assert target.returncode == 2
    assert "0.csv" in target.stderr
    assert contents(lake) == {}


def limited(lake: Path, said: str, limit: int) -> subprocess.CompletedProcess:
    """Run target-csv where no file may grow beyond `limit` bytes."""
    settings = lake.parent / "config.json"
    settings.write_text(json.dumps(config(lake)))
    return subprocess.run(
        [BIN / "target-csv", "--config", settings],
        input=said,
        env=environment(IN_RUN),
        capture_output=True,
        encoding="utf-8",
        check=False,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (limit, limit)
        ),
    )


def test_a_manifest_that_cannot_be_written_leaves_the_old_day(lake):
    publish_day(lake)
    before = contents(lake)
    tables = {ORDERS: [("9", "new")], ITEMS: []}
    said = messages(lake / ".staging" / RUN, tables)
    target = limited(lake, said, 1000)
    assert target.returncode == 1, target.stderr
    assert "the file system refused" in target.stderr
    assert contents(lake) == before
    assert litter(lake) == []


def test_what_a_tap_of_the_hub_sends_is_parked_not_published(lake):
    said = golden("hub_tap_all_types.singer")
    target = run_target("target-csv", config(lake), said, IN_RUN)
    assert target.returncode == 0, target.stderr
    assert "daybook:publish" in target.stderr
    assert contents(lake) == {}


def test_what_was_parked_is_published_by_its_run(lake):
    said = golden("hub_tap_all_types.singer")
    env = IN_RUN | {"MELTANO_EXTRACTOR_NAME": "tap-crm"}
    run_target("target-csv", config(lake), said, env)
    published = publish_staged(lake, RUN)
    assert published.manifest.tap == "tap-crm"
    assert litter(lake) == []
    file = partition.open_day(lake, "csv", DAY).file("crm-orders")
    data = (partition.folder(lake, "csv", DAY) / file.path).read_text()
    assert data == (
        "id,name,price,paid,at,tags\n"
        '1,"Ä, ""q""\nnew line",9.80,t,2024-12-20T10:00:00Z,"[""a"",""b""]"\n'
        '2,"",,f,,\n'
        "3,,100,,,\n"
    )


def test_a_parked_set_is_published_once(lake):
    said = golden("hub_tap_all_types.singer")
    run_target("target-csv", config(lake), said, IN_RUN)
    publish_staged(lake, RUN)
    with pytest.raises(InputError, match="Nothing waits"):
        publish_staged(lake, RUN)


def test_one_run_parks_one_day(lake):
    said = golden("hub_tap_all_types.singer")
    run_target("target-csv", config(lake), said, IN_RUN)
    other = config(lake, source="erp")
    target = run_target("target-csv", other, said, IN_RUN)
    assert target.returncode == 2
    assert "after each target-csv" in target.stderr
    assert publish_staged(lake, RUN).manifest.source == "csv"


def test_a_guard_also_keeps_the_hubs_taps_away(lake):
    publish_day(lake)
    said = golden("hub_tap_all_types.singer")
    target = run_target("target-csv", config(lake), said, IN_RUN)
    assert (target.returncode, "allow_other_tap" in target.stderr) == (2, True)
    with pytest.raises(InputError):
        publish_staged(lake, RUN)


def test_a_guard_is_asked_again_when_the_parked_set_is_published(lake):
    said = golden("hub_tap_all_types.singer")
    run_target("target-csv", config(lake), said, IN_RUN)
    publish_day(lake, day=partition.Day.parse("2024-12-19"))
    with pytest.raises(RefusedError, match="allow_other_tap"):
        publish_staged(lake, RUN)


def test_publishing_a_day_removes_what_waited_for_it_but_no_other(lake):
    said = golden("hub_tap_all_types.singer")
    runs = [str(uuid.uuid4()) for _ in range(2)]
    for run, source in zip(runs, ("csv", "erp"), strict=True):
        env = {"MELTANO_PARENT_CONTEXT_UUID": run}
        run_target("target-csv", config(lake, source=source), said, env)
    publish_day(lake)
    assert litter(lake) == [runs[1]]


def test_a_live_run_is_not_swept_away(lake, tmp_path):
    held = staging.hold(lake, RUN)
    said = messages(tmp_path / "tap", TWO_TABLES)
    assert run_target("target-csv", config(lake), said).returncode == 0
    assert litter(lake) == [RUN]
    held.release()


def test_a_run_that_failed_leaves_what_another_block_parked(lake):
    said = golden("hub_tap_all_types.singer")
    run_target("target-csv", config(lake), said, IN_RUN)
    run_target("target-csv", config(lake, source="erp"), "", IN_RUN)
    assert publish_staged(lake, RUN).manifest.source == "csv"


def test_about_describes_every_setting():
    about = subprocess.run(
        [BIN / "target-csv", "--about", "--format", "json"],
        capture_output=True,
        check=True,
    )
    properties = json.loads(about.stdout)["settings"]["properties"]
    own = {name: body["description"] for name, body in properties.items()}
    assert {"lake", "source", "day", "allow_empty"} <= own.keys()
    assert all(own.values())
