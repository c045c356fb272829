"""The deliveries as files: `date=D/hour=H/<dataset>.json.gz`."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from demo.retail import rows
from demo.retail.rows import Shop, line

_FAULT_EVERY = 29
_AGAIN_EVERY = 37
_HOURS = 24

Hour = dict[str, list[str]]
"""The lines of each dataset that arrived in an hour."""


def deliver(folder: Path, day: date, shop: Shop, first: date) -> list[Path]:
    """Write a day's files below `folder`; return them.

    `first` is the day on which the shop began.
    """
    written = []
    for hour, delivered in _hours(day, shop, first).items():
        for dataset, texts in delivered.items():
            written.append(_write(folder, day, hour, dataset, texts))
    return written


def _write(
    folder: Path, day: date, hour: int, dataset: str, texts: list[str]
) -> Path:
    # Both spellings of an hour come, and both kinds of file.
    name = f"hour={hour:02d}" if hour % 2 == 0 else f"hour={hour}"
    path = folder / f"date={day}" / name / f"{dataset}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(f"{text}\n" for text in texts).encode()
    if hour % 5 == 4:
        path.write_bytes(data)
        return path
    path = path.with_suffix(".json.gz")
    path.write_bytes(gzip.compress(data, mtime=0))
    return path


def _hours(day: date, shop: Shop, first: date) -> Mapping[int, Hour]:
    number = (day - first).days
    rng = Random(f"day {day}")  # noqa: S311 (nothing secret)
    hours: dict[int, Hour] = defaultdict(lambda: defaultdict(list))
    _people(hours, number, shop)
    _goods(hours, number, shop)
    _sales(hours, number, shop, day, rng)
    for place, row in enumerate(rows.requests(number, shop)):
        hours[20 + place // 2]["erasure-requests"].append(line(row))
    _broken(hours, number)
    return hours


def _share(number: int, everything: int) -> Iterator[int]:
    """Yield what of so many is new on a day: most of it on the first."""
    start, step = everything * 8 // 10, max(1, everything // 100)
    if number == 0:
        yield from range(1, start + 1)
        return
    begin = start + (number - 1) * step
    yield from range(begin + 1, min(begin + step, everything) + 1)


def _people(hours: dict[int, Hour], number: int, shop: Shop) -> None:
    for one in _share(number, shop.customers):
        row = rows.customer(one)
        texts = hours[6 + one % 3]["customers"]
        texts.append(line(row))
        if one % _AGAIN_EVERY == 0:
            texts.append(line(row))
        if one % _FAULT_EVERY == 0:
            other = row | {"id": f"9{one:07d}"}
            texts.append(rows.faulty("customers", other, one)[0])


def _goods(hours: dict[int, Hour], number: int, shop: Shop) -> None:
    for one in _share(number, shop.products):
        texts = hours[1 + one % 2]["products"]
        texts.append(line(rows.product(one)))
        if one % _FAULT_EVERY == 0:
            other = rows.product(one) | {"sku": 100_000 + one}
            texts.append(rows.faulty("products", other, one)[0])
    if number:
        changed = 1 + number % shop.products
        again = line(rows.product(changed, version=number))
        hours[15]["products"].append(again)


def _sales(
    hours: dict[int, Hour], number: int, shop: Shop, day: date, rng: Random
) -> None:
    begun = datetime.combine(day, datetime.min.time())
    known = shop.customers * 8 // 10
    for one in range(shop.sales):
        # The first ones come before their customers do.
        at = begun + timedelta(hours=5, seconds=one * 15 * _HOURS % 60_000)
        buyer = 1 + int(rng.random() * known)
        skus = [
            1 + int(rng.random() * shop.products * 8 // 10)
            for _ in range(1 + one % 4)
        ]
        row = rows.sale(f"{day:%Y%m%d}-{one:06d}", buyer, skus, at)
        text = line(row)
        if one % _FAULT_EVERY == 7:
            text = rows.faulty("transactions", row, one // _FAULT_EVERY)[0]
        texts = hours[at.hour]["transactions"]
        texts.append(text)
        if one % _AGAIN_EVERY == 9:
            hours[23]["transactions"].append(text)


def _broken(hours: dict[int, Hour], number: int) -> None:
    """Add lines that are none: half a row, and what is no object."""
    half = line(rows.customer(5_000 + number))[:60]
    hours[8]["customers"] += [half, "[1, 2]", "what is this?"]
