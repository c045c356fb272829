import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.day import Day
from daybook.errors import ConfigError


@given(st.dates())
def test_every_day_of_the_calendar_reads_back_as_written(date):
    assert str(Day.parse(date.isoformat())) == date.isoformat()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20241220",
        "2024-W51-5",
        "2024-12-20T00:00:00",
        "2024-12-20 ",
        "2024-12-20\n",
        "2024-1-2",
        "2024-02-30",
        "2023-02-29",
        "0000-01-01",
        "24-12-20",
        "2024/12/20",
        "../../etc",
        "$(touch x)",
        "\uff12\uff10\uff12\uff14-12-20",
        "yesterday",
    ],
)
def test_another_spelling_is_refused_with_the_variable_and_an_example(text):
    with pytest.raises(ConfigError) as refusal:
        Day.parse(text, variable="DATESTAMP")
    assert "DATESTAMP is" in refusal.value.reason
    assert "DATESTAMP=2024-12-20" in refusal.value.instruction
    assert refusal.value.exit_code == 2


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(ConfigError) as refusal:
        Day.parse("x" * 10_000)
    assert len(refusal.value.reason) < 150
