"""What a load log says is personal, read again."""

import pytest

from daybook.errors import InputError
from daybook.personal import Personal
from daybook.relational.erasable import from_log, to_log
from daybook.table import Column, Table

FIELDS = (("email", "email"),)
TABLE = Table(
    "",
    "customers",
    (
        Column("id", "text", personal=Personal("subject")),
        Column("line", "text", personal=Personal("", FIELDS)),
        Column("likes", "text"),
    ),
)


def test_a_log_gives_back_what_was_personal():
    assert from_log("customers", to_log(TABLE)) == {
        "id": Personal("subject"),
        "line": Personal("", FIELDS),
    }
    assert from_log("customers", None) == {}


@pytest.mark.parametrize(
    "text", ['{"id": "fingerprint"}', "[]", "null", "{", '{"id": null}', "7"]
)
def test_what_a_log_says_otherwise_is_refused(text):
    with pytest.raises(InputError, match="customers in the load log"):
        from_log("customers", text)
