"""What the plugins say keeps to its lines."""

import logging

from daybook.singer import log


def test_a_newline_in_a_name_does_not_break_a_line(caplog):
    caplog.set_level(logging.INFO, "daybook")
    with log.progress('ta\nble é "x"'):
        pass
    log.log_table(("table", "rows"), [("ta\nble", 1)])
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0].startswith('ta\\nble é "x": 0 rows')
    assert lines[2].split() == ["ta\\nble", "1"]
