"""Whether the tap's role may read all that it is to extract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from psycopg.sql import SQL, Identifier

from daybook.errors import UnreachableError
from daybook.postgres.extract import refusals
from daybook.postgres.extract.source_locks import name_of

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.extract.selection import Relation


def check(session: Session, relations: Sequence[Relation]) -> None:
    """Check that every row of every relation may be read.

    Raises:
        InputError: Row security hides rows.
        UnreachableError: A GRANT is missing; it is in the instruction.
    """
    role = session.info.user
    hidden = [each.full_name for each in relations if each.has_policy]
    if hidden:
        raise refusals.hidden_rows(", ".join(hidden), role)
    denied = [each for each in relations if not each.may_read]
    if denied:
        raise UnreachableError(
            f"The role {role} may not read "
            + ", ".join(each.full_name for each in denied)
            + ".",
            "Let their owner run:\n" + _grants(session, denied, role),
        )


def _grants(
    session: Session,
    relations: Sequence[Relation],
    role: str,
) -> str:
    statements = [
        SQL("GRANT USAGE ON SCHEMA {} TO {};").format(
            SQL(", ").join(
                Identifier(name)
                for name in sorted({each.schema for each in relations})
            ),
            Identifier(role),
        ),
        SQL("GRANT SELECT ON {} TO {};").format(
            SQL(", ").join(name_of(each) for each in relations),
            Identifier(role),
        ),
    ]
    return "\n".join(each.as_string(session) for each in statements)
