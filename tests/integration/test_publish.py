import json

import pytest

from daybook.day import Day
from daybook.errors import (
    BusyError,
    ConfigError,
    InputError,
    RefusedError,
    UnfinishedError,
)
from daybook.lake import partition, prune, staging
from daybook.lake import publish as publishing
from daybook.lake.pending import Allowed
from daybook.lake.staged import Staged
from daybook.table import Column, Table
from lake_days import (
    DAY,
    ITEMS,
    ORDERS,
    TWO_TABLES,
    contents,
    litter,
    publish_day,
    stage,
)

NEXT_DAY = Day.parse("2024-12-21")
OTHER_ROWS = {ORDERS: [("1", "changed")], ITEMS: [("x",)]}


def day_folder(lake):
    return partition.folder(lake, "csv", DAY)


def manifest_path(lake):
    return day_folder(lake) / "datapackage.json"


def data_path(lake, table=ORDERS):
    manifest = partition.read(lake, "csv", DAY)
    return day_folder(lake) / manifest.file(table.stream).path


def publish_staged_files(lake, staged, held, **allow):
    return publishing.publish(
        lake,
        "csv",
        DAY,
        staged,
        tap="tap-csv",
        run="",
        snapshot="",
        staging=held,
        allow=Allowed(**allow),
    )


def test_a_published_day_reads_back_and_leaves_no_litter(lake):
    published = publish_day(lake)
    assert partition.open_day(lake, "csv", DAY) == published.manifest
    assert data_path(lake).read_bytes() == b'id,note\n1,a\n2,\n3,""\n'
    assert litter(lake) == []


def test_publishing_the_same_again_changes_not_a_byte(lake):
    publish_day(lake, run="first")
    before = contents(lake)
    published = publish_day(lake, run="second")
    assert not published.changed
    assert published.manifest.run == "first"
    assert contents(lake) == before


def test_the_order_in_which_tables_arrive_changes_nothing(lake):
    publish_day(lake)
    reverse = dict(reversed(TWO_TABLES.items()))
    assert not publish_day(lake, reverse).changed


def test_a_changed_day_replaces_the_old_one_whole(lake):
    publish_day(lake)
    published = publish_day(lake, OTHER_ROWS, run="second")
    assert published.changed
    assert published.manifest.run == "second"
    assert len(contents(lake)) == 3
    problems = partition.check_files(lake, published.manifest, hashes=True)
    assert problems == []


def test_a_changed_type_is_a_changed_day(lake):
    columns = (Column("id", "bigint", nullable=False), ORDERS.columns[1])
    wider = Table("public", "orders", columns, ("id",))
    rows = TWO_TABLES[ORDERS]
    publish_day(lake, {ORDERS: rows})
    assert publish_day(lake, {wider: rows}).changed
    assert not publish_day(lake, {wider: rows}).changed


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b'id,note\n9,a\n2,\n3,""\n'),
        lambda path: path.write_bytes(b"id"),
        lambda path: path.unlink(),
    ],
    ids=["edited", "truncated", "removed"],
)
def test_publishing_again_mends_a_damaged_day(lake, damage):
    publish_day(lake)
    before = contents(lake)
    damage(data_path(lake))
    published = publish_day(lake)
    assert published.changed
    assert published.outcome(published.manifest.files[1]) == "mended"
    assert contents(lake) == before


def test_publishing_again_mends_an_edited_manifest(lake):
    publish_day(lake)
    before = contents(lake)
    manifest_path(lake).write_text("{}")
    assert publish_day(lake).changed
    assert contents(lake) == before


def test_what_a_crash_left_in_the_day_is_removed(lake):
    publish_day(lake)
    before = contents(lake)
    (data_path(lake).parent / ("0" * 32 + ".csv")).write_text("unfinished")
    (day_folder(lake) / "table=gone").mkdir()
    (day_folder(lake) / "table=gone" / "x.csv").write_text("unfinished")
    (day_folder(lake) / ".datapackage.json.new").write_text("{")
    assert not publish_day(lake).changed
    assert contents(lake) == before
    assert not (day_folder(lake) / "table=gone").exists()


def test_a_table_that_is_gone_takes_its_folder_along(lake):
    publish_day(lake)
    rows = {ORDERS: TWO_TABLES[ORDERS]}
    publish_day(lake, rows, allow=Allowed(lost_tables=True))
    assert [p.name for p in day_folder(lake).glob("table=*")] == [
        "table=public-orders"
    ]


def test_equal_tables_each_have_their_file(lake):
    twin = Table("public", "twin", ORDERS.columns, ORDERS.primary_key)
    published = publish_day(lake, {ORDERS: [], twin: []})
    assert partition.check_files(lake, published.manifest, hashes=True) == []
    assert len(contents(lake)) == 3


def test_a_day_of_another_tap_is_refused_with_the_setting(lake):
    publish_day(lake, tap="tap-postgres")
    before = contents(lake)
    with pytest.raises(RefusedError, match="allow_other_tap"):
        publish_day(lake, tap="tap-csv")
    assert contents(lake) == before
    allowed = publish_day(lake, tap="tap-csv", allow=Allowed(other_tap=True))
    assert allowed.manifest.tap == "tap-csv"


def test_another_day_of_the_source_tells_whose_it_is(lake):
    publish_day(lake, tap="tap-postgres")
    with pytest.raises(RefusedError, match="tap-postgres"):
        publish_day(lake, day=NEXT_DAY, tap="tap-csv")


def test_a_rerun_that_lost_a_table_is_refused_by_name(lake):
    publish_day(lake)
    with pytest.raises(RefusedError, match="public-items") as error:
        publish_day(lake, {ORDERS: []})
    assert "allow_lost_tables" in error.value.instruction


def test_a_day_without_a_table_is_refused_with_the_setting(lake):
    with pytest.raises(RefusedError, match="allow_empty"):
        publish_day(lake, {})
    empty = publish_day(lake, {}, allow=Allowed(empty=True))
    assert empty.manifest.files == ()


def test_two_streams_for_one_table_are_refused(lake):
    held = staging.hold(lake, "")
    staged = stage(held, {ORDERS: []}) + stage(held, {ORDERS: [("1", "a")]})
    with pytest.raises(InputError, match="public-orders"):
        publish_staged_files(lake, staged, held)
    assert contents(lake) == {}


def test_a_staged_file_that_changed_is_refused_by_name(lake):
    held = staging.hold(lake, "")
    (item,) = stage(held, {ORDERS: [("1", "a")]})
    item.path.write_bytes(b"id,note\n2,a\n")
    with pytest.raises(InputError, match="public-orders"):
        publish_staged_files(lake, [item], held)
    assert contents(lake) == {}


def test_a_staged_symlink_is_refused(lake, tmp_path):
    held = staging.hold(lake, "")
    (item,) = stage(held, {ORDERS: []})
    item.path.rename(tmp_path / "elsewhere.csv")
    item.path.symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(InputError, match="no regular file"):
        publish_staged_files(lake, [item], held)


def test_a_file_from_anywhere_else_is_copied(lake, tmp_path):
    held = staging.hold(lake, "")
    staged = stage(held, {ORDERS: [("1", "a")]}, folder=tmp_path)
    publish_staged_files(lake, staged, held)
    assert staged[0].path.read_bytes() == data_path(lake).read_bytes()


def test_a_file_of_the_own_staging_is_moved(lake):
    held = staging.hold(lake, "")
    (item,) = stage(held, {ORDERS: [("1", "a")]})
    inode = item.path.stat().st_ino
    publish_staged_files(lake, [item], held)
    assert data_path(lake).stat().st_ino == inode


@pytest.mark.parametrize("part", ["source=csv", "table=public-orders"])
def test_a_symlink_on_the_way_is_refused(lake, tmp_path, part):
    publish_day(lake)
    (tmp_path / "elsewhere").mkdir()
    link = next(lake.rglob(part))
    link.rename(tmp_path / "moved")
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="symbolic link"):
        publish_day(lake, OTHER_ROWS)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_hostile_source_name_stays_inside_the_lake(lake, tmp_path):
    publish_day(lake, source="../../evil/..")
    assert partition.open_day(lake, "../../evil/..", DAY)
    assert [p.name for p in lake.glob("source=*")] == [
        "source=%2E.%2F..%2Fevil%2F.%2E"
    ]
    assert list(partition.days(lake)) == [("../../evil/..", DAY)]


def test_a_missing_day_is_named_with_the_command_that_makes_it(lake):
    publish_day(lake)
    with pytest.raises(InputError, match="2024-12-21") as error:
        partition.open_day(lake, "csv", NEXT_DAY)
    assert "2024-12-20" in error.value.reason
    command = (
        "MELTANO_ENVIRONMENT=extract SOURCE=csv DATESTAMP=2024-12-21 "
        "meltano run extract_csv"
    )
    assert command in error.value.instruction


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(b""), "0 bytes instead of"),
        (lambda path: (path.unlink(), path.mkdir()), "not a regular file"),
        (
            lambda path: (
                path.rename(path.with_name("x")) and path.symlink_to("x")
            ),
            "symbolic link",
        ),
    ],
    ids=["missing", "truncated", "folder", "symlink"],
)
def test_a_damaged_file_is_refused_by_name(lake, damage, finding):
    publish_day(lake)
    path = data_path(lake)
    damage(path)
    with pytest.raises(InputError, match=finding) as error:
        partition.open_day(lake, "csv", DAY)
    assert path.name in error.value.reason


def test_an_edit_that_keeps_the_size_is_found_by_its_hash(lake):
    manifest = publish_day(lake).manifest
    path = data_path(lake)
    path.write_bytes(path.read_bytes().replace(b"a", b"b"))
    assert partition.check_files(lake, manifest, hashes=False) == []
    (problem,) = partition.check_files(lake, manifest, hashes=True)
    assert str(path) in str(problem)


def test_a_day_published_anew_under_the_reader_is_worth_a_retry(lake):
    old = publish_day(lake).manifest
    publish_day(lake, OTHER_ROWS)
    assert partition.check_files(lake, old, hashes=False)
    error = partition.misread(lake, old, "a file is missing")
    assert isinstance(error, BusyError)
    assert error.exit_code == 1


def test_a_renamed_day_is_refused(lake):
    publish_day(lake)
    day_folder(lake).rename(partition.folder(lake, "csv", NEXT_DAY))
    with pytest.raises(InputError, match="renamed or copied"):
        partition.read(lake, "csv", NEXT_DAY)


def test_days_lists_those_without_a_manifest_too(lake):
    publish_day(lake)
    publish_day(lake, source="postgres", day=NEXT_DAY)
    manifest_path(lake).unlink()
    (lake / "source=csv" / "extracted_at=20241221").mkdir()
    assert list(partition.days(lake)) == [
        ("csv", DAY),
        ("postgres", NEXT_DAY),
    ]
    assert not partition.is_published(lake, "csv", DAY)


def test_pruning_keeps_the_newest_days(lake):
    for text in ("2024-12-18", "2024-12-19", "2024-12-20"):
        publish_day(lake, day=Day.parse(text))
    for source, day in prune.prunable(lake, 2):
        prune.remove_day(lake, source, day)
    assert [str(day) for _, day in partition.days(lake)] == [
        "2024-12-19",
        "2024-12-20",
    ]


def test_the_newest_day_is_never_pruned(lake):
    publish_day(lake)
    before = contents(lake)
    with pytest.raises(RefusedError, match="newest"):
        prune.remove_day(lake, "csv", DAY)
    with pytest.raises(ConfigError, match="--keep"):
        prune.prunable(lake, 0)
    assert contents(lake) == before


def test_what_a_broken_off_pruning_left_is_pruned(lake):
    publish_day(lake)
    publish_day(lake, day=NEXT_DAY)
    manifest_path(lake).unlink()
    assert prune.prunable(lake, 7) == [("csv", DAY)]
    prune.remove_day(lake, "csv", DAY)
    assert not day_folder(lake).exists()


def test_the_manifest_says_what_the_design_says(lake):
    publish_day(lake, run="run 7")
    body = json.loads(manifest_path(lake).read_bytes())
    assert body["daybook"] == {
        "version": 1,
        "tap": "tap-csv",
        "source": "csv",
        "day": "2024-12-20",
        "run": "run 7",
        "snapshot": "snapshot of run 7",
    }
    resource = body["resources"][1]
    assert resource["name"] == "public-orders"
    assert resource["bytes"] == data_path(lake).stat().st_size
    assert resource["daybook"]["rows"] == 3


def test_a_file_handed_over_that_vanished_is_worth_a_retry(lake):
    held = staging.hold(lake, "")
    item = Staged(ORDERS, held.path / "gone.csv", "0" * 64, 1, 1)
    with pytest.raises(UnfinishedError, match=r"gone\.csv"):
        publish_staged_files(lake, [item], held)
