"""The embedded PostgreSQL keeps its promises through crashes and races."""

from __future__ import annotations

import harness


def test_a_fresh_database_is_empty_and_its_owner_no_superuser(
    source_url: str,
) -> None:
    rows = harness.sql(
        source_url,
        "SELECT rolsuper, (SELECT count(*) FROM pg_tables "
        "WHERE schemaname = 'public') FROM pg_roles "
        "WHERE rolname = current_user",
    )
    assert rows == [(False, 0)]
