import inspect

from daybook import errors


def test_every_error_ends_with_one_of_the_documented_exit_codes():
    classes = [
        member
        for _, member in inspect.getmembers(errors, inspect.isclass)
        if issubclass(member, errors.DaybookError)
    ]
    assert len(classes) == 9
    assert {error.exit_code for error in classes} == {1, 2}


def test_a_value_is_cut_at_80_characters():
    assert len(errors.cut("x" * 1000)) == 80
    assert errors.cut("a\nb") == r"'a\nb'"
