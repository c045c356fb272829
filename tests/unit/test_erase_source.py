"""People are erased from described CSV files; nothing else changes."""

import json

import pytest

from daybook.csv.erase_source import (
    erase,
    identities,
    personal_sources,
    search,
    values,
)
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.subjects import Subjects

OF = Pseudonyms(b"a key of the tests, and of nothing else")
JANE = Subjects(
    OF,
    frozenset({OF.digest("subject", "007"), OF.digest("email", "jane@b.c")}),
)
NAME = f'"{OF.of("name", "Jane")}"'
EMAIL = f'"{OF.of("email", "jane@b.c")}"'


def source(folder, text: bytes, **dialect):
    (folder / "people.csv").write_bytes(text)
    fields = [
        {"name": "id", "type": "string", "daybook": {"personal": "subject"}},
        {"name": "name", "type": "string", "daybook": {"personal": "name"}},
        {"name": "email", "type": "string", "daybook": {"personal": "email"}},
        {"name": "likes", "type": "string", "missingValues": ["-"]},
    ]
    resource = {
        "name": "people",
        "path": "people.csv",
        "dialect": dialect,
        "schema": {"fields": fields},
    }
    package = folder / "datapackage.json"
    package.write_text(json.dumps({"resources": [resource]}))
    (found,) = personal_sources(folder)
    return found, folder / "people.csv"


def erased(folder, text: str, **dialect) -> str:
    described, path = source(folder, text.encode(), **dialect)
    count = search(described, path, JANE)
    assert erase(described, path, JANE) == count
    assert erase(described, path, JANE) == 0
    return path.read_bytes().decode()


HEADER = "id,name,email,likes\n"


@pytest.mark.parametrize("end", ["", "\n"])
def test_only_the_persons_values_change(tmp_path, end):
    text = f'{HEADER}7,Jane,,"Jane"\n"007",Jane,jane@b.c,-{end}'
    assert erased(tmp_path, text) == (
        f'{HEADER}7,Jane,,"Jane"\n"007",{NAME},{EMAIL},-{end}'
    )


def test_line_ends_and_marks_stay(tmp_path):
    text = "\ufeffid,name,email,likes\r\n007,Jane,,a\r\n8,,,\r\n"
    assert erased(tmp_path, text) == text.replace("Jane", NAME)


def test_another_dialect_stays(tmp_path):
    text = "id;name;email;likes\n007;'Ja;ne';;x\n"
    found = erased(tmp_path, text, delimiter=";", quoteChar="'")
    name = OF.of("name", "Ja;ne")
    assert found == f"id;name;email;likes\n007;'{name}';;x\n"


def test_a_file_without_the_person_is_not_touched(tmp_path):
    described, path = source(tmp_path, f"{HEADER}7,Jane,,\n".encode())
    before = path.stat()
    assert erase(described, path, JANE) == 0
    assert path.stat() == before


def test_of_a_row_that_is_none_nothing_is_kept(tmp_path):
    text = f"{HEADER}Jane,Street 1,jane@b.c\n7,8\n"
    row = ",".join(
        f'"{OF.of("text", value)}"'
        for value in ("Jane", "Street 1", "jane@b.c")
    )
    assert erased(tmp_path, text) == f"{HEADER}{row}\n7,8\n"


def test_ids_and_addresses_are_given_by_row(tmp_path):
    described, path = source(tmp_path, f"{HEADER}7,Joe,a@b,x\n8\n".encode())
    (row,) = identities(described, path)
    assert [(one.kind, one.value) for one in row] == [
        ("subject", "7"),
        ("email", "a@b"),
    ]


def test_all_values_of_the_people_are_given(tmp_path):
    text = f"{HEADER}7,Joe,,\n007,Jane,,x\n"
    described, path = source(tmp_path, text.encode())
    (row,) = values(described, path, JANE)
    assert [(one.kind, one.value) for one in row] == [
        ("subject", "007"),
        ("name", "Jane"),
    ]


def test_a_row_that_is_none_is_told_by_an_id_in_its_place(tmp_path):
    text = f"{HEADER}007,Jane\n7,007\n"
    name = OF.of("text", "Jane")
    assert erased(tmp_path, text) == f'{HEADER}007,"{name}"\n7,007\n'
