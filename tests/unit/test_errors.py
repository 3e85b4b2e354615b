"""Errors say where, what and what to do, and keep it all on the way through another process."""

from __future__ import annotations

import errno
from multiprocessing.reduction import ForkingPickler

import pytest

from lexloom import errors
from lexloom.errors import LexloomError, SettingError, StorageError

CLASSES = [getattr(errors, name) for name in errors.__all__]
# What processes send each other; made here only to see that nothing is lost.
LOADS = ForkingPickler.loads


def test_the_tree_is_whole():
    assert len(CLASSES) == 13
    assert all(issubclass(cls, LexloomError) for cls in CLASSES)
    for cls in CLASSES:
        assert cls.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("SettingError", ValueError),
        ("StorageError", OSError),
        ("ShapeError", ValueError),
        ("FormatError", ValueError),
        ("MissingFieldError", errors.FormatError),
        ("UnsafeFileError", errors.FormatError),
        ("DivergedError", ArithmeticError),
        ("DamagedError", ValueError),
        ("MissingWordError", KeyError),
        ("MissingExtraError", ImportError),
        ("BusyError", RuntimeError),
    ],
)
def test_each_is_also_what_python_calls_it(name: str, base: type):
    assert issubclass(getattr(errors, name), base)


@pytest.mark.parametrize("cls", CLASSES)
def test_a_message_says_where_what_and_what_to_do(cls: type[LexloomError]):
    error = cls("expected 3 numbers, found 2.", "Pass limit=1.", path="v.txt", line=1234, byte=0)
    assert str(error) == ("v.txt, line 1,234, byte 0: expected 3 numbers, found 2. Pass limit=1.")
    assert str(cls("no.")) == "no."
    assert error.as_dict() == {
        "error": cls.__name__,
        "what": "expected 3 numbers, found 2.",
        "fix": "Pass limit=1.",
        "path": "v.txt",
        "line": 1234,
        "byte": 0,
    }


@pytest.mark.parametrize("cls", CLASSES)
def test_an_error_survives_the_way_through_another_process(cls: type[LexloomError]):
    error = cls("what.", "fix.", path="a", line=2, byte=3)
    again = LOADS(bytes(ForkingPickler.dumps(error)))
    assert type(again) is cls
    assert str(again) == str(error)
    assert again.as_dict() == error.as_dict()


def test_a_storage_error_keeps_the_number_of_the_system():
    error = StorageError("no space.", "Free some.", path="a", errno=errno.ENOSPC)
    assert error.errno == errno.ENOSPC
    assert error.filename == "a"
    assert error.strerror == "no space."
    assert StorageError("no space.").errno is None
    assert LOADS(bytes(ForkingPickler.dumps(error))).errno == errno.ENOSPC


@pytest.mark.parametrize("cls", CLASSES)
def test_the_exit_code_tells_whose_fault_it_is(cls: type[LexloomError]):
    assert cls.exit_code == (2 if cls in {SettingError, errors.MissingExtraError} else 1)
