"""The deliveries as files: `date=D/hour=H/<dataset>.json.gz`."""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from demo.retail import rows
from demo.retail.rows import Row, Shop, line

_FAULT_EVERY = 29
_AGAIN_EVERY = 37
_WHOLE = "line_is_an_object"


@dataclass(slots=True)
class Delivery:
    """What a shop delivers on a day.

    Attributes:
        hours: The lines of each dataset that arrive in an hour.
        broken: How many rows of a dataset break which rule, if all days
            before have been delivered.
    """

    hours: dict[int, dict[str, list[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    broken: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, hour: int, dataset: str, row: Row) -> str:
        """Add a row without fault; return its line."""
        text = line(row)
        self.hours[hour][dataset].append(text)
        return text

    def add_faulty(self, hour: int, dataset: str, row: Row, at: int) -> str:
        """Add the row with the fault that is due at `at`; return it."""
        text, rule = rows.faulty(dataset, row, at)
        self.hours[hour][dataset].append(text)
        self.broken[dataset, rule] += 1
        return text

    def add_broken(self, hour: int, dataset: str, text: str) -> None:
        """Add a line that is no row."""
        self.hours[hour][dataset].append(text)
        self.broken[dataset, _WHOLE] += 1


def deliver(folder: Path, day: date, shop: Shop, first: date) -> list[Path]:
    """Write a day's files below `folder`; return them.

    `first` is the day on which the shop began.
    """
    here, written = folder / f"date={day}", []
    for hour, datasets in delivery(day, shop, first).hours.items():
        for dataset, texts in datasets.items():
            written.append(_write(here, hour, dataset, texts))
    return [*written, *_write_broken(here)]


def delivery(day: date, shop: Shop, first: date) -> Delivery:
    """Return what is delivered on a day, beside files that are broken."""
    made, number = Delivery(), (day - first).days
    _people(made, number, shop)
    _goods(made, number, shop)
    _sales(made, number, shop, day)
    for place, row in enumerate(rows.requests(number, shop)):
        made.add(20 + place // 2, "erasure-requests", row)
        if not any(row.values()):
            made.broken["erasure-requests", "somebody_is_named"] += 1
    half = line(rows.customer(5_000 + number))[:60]
    for text in (half, f"[{number}]", f"what is this? {number}"):
        made.add_broken(8, "customers", text)
    return made


def _write(folder: Path, hour: int, dataset: str, texts: list[str]) -> Path:
    # Both spellings of an hour come, and both kinds of file.
    name = f"hour={hour:02d}" if hour % 2 == 0 else f"hour={hour}"
    path = folder / name / f"{dataset}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(f"{text}\n" for text in texts).encode()
    if hour % 5 == 4:
        path.write_bytes(data)
        return path
    path = path.with_suffix(".json.gz")
    path.write_bytes(gzip.compress(data, mtime=0))
    return path


def _write_broken(folder: Path) -> list[Path]:
    """Write files that are none: each has one line that says why."""
    here = folder / "hour=3"
    (here / "products.json.gz").mkdir(parents=True)
    packed = gzip.compress(line(rows.customer(6_000)).encode(), mtime=0)
    contents = {
        "customers.json.gz": packed[:-20],
        "transactions.json": "René\n".encode("latin-1"),
        "returns.json": b"{}\n",
    }
    for name, data in contents.items():
        (here / name).write_bytes(data)
    return [here / name for name in contents]


def _share(number: int, everything: int) -> Iterator[int]:
    """Yield what of so many is new on a day: most of it on the first."""
    start, step = everything * 8 // 10, max(1, everything // 100)
    if number == 0:
        yield from range(1, start + 1)
        return
    begin = start + (number - 1) * step
    yield from range(begin + 1, min(begin + step, everything) + 1)


def _people(made: Delivery, number: int, shop: Shop) -> None:
    name = "customers"
    for one in _share(number, shop.customers):
        row, hour = rows.customer(one), 6 + one % 3
        text = made.add(hour, name, row)
        if one % _AGAIN_EVERY == 0:
            made.hours[hour][name].append(text)
        if one % _FAULT_EVERY == 0:
            other = row | {"id": f"9{one:07d}"}
            made.add_faulty(hour, name, other, one // _FAULT_EVERY)
    if number:
        # Somebody moves: the row of the first day is out of date.
        row = rows.customer(number) | {"address": f"{number} New Road"}
        made.add(16, name, row)
        made.broken[name, "id_is_unique"] += 1


def _goods(made: Delivery, number: int, shop: Shop) -> None:
    name = "products"
    for one in _share(number, shop.products):
        hour = 1 + one % 2
        made.add(hour, name, rows.product(one))
        if one % _FAULT_EVERY == 0:
            other = rows.product(one) | {"sku": 100_000 + one}
            made.add_faulty(hour, name, other, one // _FAULT_EVERY)
    if number:
        changed = 1 + number % shop.products
        made.add(15, name, rows.product(changed, version=number))


def _sales(made: Delivery, number: int, shop: Shop, day: date) -> None:
    rng = Random(f"day {day}")  # noqa: S311 (nothing secret)
    begun = datetime.combine(day, datetime.min.time())
    name = "transactions"
    for one in range(shop.sales):
        # The first ones come before their customers do.
        at = begun + timedelta(hours=5, seconds=one * 360 % 60_000)
        buyer = 1 + int(rng.random() * (shop.customers * 8 // 10))
        skus = [
            1 + int(rng.random() * (shop.products * 8 // 10))
            for _ in range(1 + one % 4)
        ]
        row = rows.sale(f"{day:%Y%m%d}-{one:06d}", buyer, skus, at)
        if one % _FAULT_EVERY == 7:
            due = one // _FAULT_EVERY
            text = made.add_faulty(at.hour, name, row, due)
        else:
            text = made.add(at.hour, name, row)
        if one % _AGAIN_EVERY == 9:
            made.hours[23][name].append(text)
