import pytest

from daybook.errors import InputError, UnfinishedError
from daybook.singer.receipt import Receipt, missing_receipt

RECEIPT = Receipt("tap-x", "2024-12-20T00:00:00Z", {"a-b": 2, "a-c": 0})


def test_a_receipt_reads_back_from_its_state_message():
    assert Receipt.from_state(RECEIPT.to_state()) == RECEIPT


@pytest.mark.parametrize("state", [{}, {"bookmarks": {"a-b": {}}}])
def test_another_taps_state_is_no_receipt(state):
    assert Receipt.from_state(state) is None


@pytest.mark.parametrize(
    "body", [None, [], {"tap": "x"}, {"tap": 1, "snapshot": "", "streams": 1}]
)
def test_a_malformed_receipt_is_an_input_error(body):
    with pytest.raises(InputError):
        Receipt.from_state({"receipt": body})


def test_all_rows_of_all_streams_satisfy_the_receipt():
    RECEIPT.check({"a-b": 2, "a-c": 0})


@pytest.mark.parametrize(
    ("received", "named"),
    [
        ({"a-b": 1, "a-c": 0}, "a-b: 1 of 2 rows"),
        ({"a-b": 3, "a-c": 0}, "a-b: 3 of 2 rows"),
        ({"a-b": 2}, "a-c: no of 0 rows"),
        ({"a-b": 2, "a-c": 0, "a-d": 0}, "a-d: received, but not"),
    ],
)
def test_any_difference_is_unfinished_and_named(received, named):
    with pytest.raises(UnfinishedError) as error:
        RECEIPT.check(received)
    assert named in error.value.reason
    assert error.value.exit_code == 1


def test_a_missing_receipt_names_the_unfinished_streams():
    error = missing_receipt({"a-b": 7})
    assert "a-b (7 rows so far)" in error.reason
