"""Large files are read in pieces, and all rows are there."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from daybook.day import Day
from daybook.duck import pieces, sources
from daybook.duck.session import Session, open_session
from daybook.lake import partition
from daybook.lake.manifest import Manifest
from days import publish_day, table

DAY = "2024-12-20"
TEXTS = table('te"xts', [("id", "integer"), ('te"\nxt', "text")])


@pytest.fixture
def day(lake: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    """A day whose rows, with quotes and newlines, are to be cut."""
    monkeypatch.setattr(pieces, "LARGE_BYTES", 10)
    monkeypatch.setattr(pieces, "_PIECE_BYTES", 100)
    words = random.Random(1)
    rows: list[list[str | None]] = [
        [str(number), "".join(words.choices('a"\n,', k=number % 40))]
        for number in range(500)
    ]
    publish_day(lake, "shop", DAY, [(TEXTS, rows)])
    return partition.open_day(lake, "shop", Day.parse(DAY))


def rows_of(session: Session, schema: str) -> list[tuple[object, ...]]:
    return session.connection.execute(
        f'SELECT id, "te""\nxt" FROM {schema}."te""xts" ORDER BY 1'
    ).fetchall()


def test_pieces_hold_all_rows(lake: Path, day: Manifest) -> None:
    with open_session(day.files) as session:
        sources.create_day(session, lake, 'te"xts', day)
        expected = rows_of(session, "shop")
        sources.create_day(session, lake, 'te"xts', day, often=True)
        assert rows_of(session, "shop") == expected
        sources.create_history(session, lake, 'te"xts', [day])
        assert rows_of(session, "shop_all") == expected
        assert len(expected) == 500
        folder = session.scratch / day.files[0].sha256
        assert len(list(folder.iterdir())) > 50


def test_a_file_is_cut_once(lake: Path, day: Manifest, tmp_path: Path) -> None:
    (file,) = day.files
    path = partition.folder(lake, "shop", day.day) / file.path
    made = pieces.cut(path, file, tmp_path)
    assert pieces.cut(tmp_path / "gone", file, tmp_path) == made
