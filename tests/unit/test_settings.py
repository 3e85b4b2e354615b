"""Settings check themselves, say what is wrong in words, and come back from a file."""

from __future__ import annotations

import dataclasses
import inspect
import json
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from pydantic import Field

from lexloom.errors import FormatError, SettingError
from lexloom.settings import as_dict, from_dict, settings


@settings
class Inner:
    depth: int = 1


@settings
class Outer:
    """A bit of everything."""

    width: Annotated[int, Field(ge=1)] = 100
    rate: Annotated[float, Field(gt=0, le=1)] = 0.5
    loss: Literal["negative", "full"] = "negative"
    limit: Annotated[int, Field(ge=1)] | None = None
    threads: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    names: tuple[str, ...] = ()
    fast: bool = False
    inner: Inner = Inner()

    def __post_init__(self) -> None:
        if self.width == 13:
            raise ValueError("width must not be 13 while rate is given.")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"width": 0}, "width must be at least 1, got 0."),
        ({"width": np.int64(0)}, "width must be at least 1, got 0."),
        ({"width": True}, "width must be a whole number, got True."),
        ({"width": np.bool_(True)}, "width must be a whole number, got True."),
        ({"width": 2.0}, "width must be a whole number, got 2.0."),
        ({"width": "3"}, "width must be a whole number, got '3'."),
        ({"rate": 0}, "rate must be greater than 0, got 0."),
        ({"rate": 1.5}, "rate must be at most 1, got 1.5."),
        ({"rate": float("nan")}, "rate must be a finite number, got nan."),
        ({"rate": float("inf")}, "rate must be a finite number, got inf."),
        ({"rate": True}, "rate must be a number, got True."),
        ({"loss": "ful"}, "loss must be 'negative' or 'full', got 'ful'."),
        ({"limit": 0}, "limit must be at least 1, got 0."),
        ({"threads": 0}, "threads must be at least 1 or 'auto', got 0."),
        ({"threads": "all"}, "threads must be a whole number or 'auto', got 'all'."),
        ({"names": ["a"]}, "names must be a tuple, got ['a']."),
        ({"names": ("a", 3)}, "names[1] must be text, got 3."),
        ({"fast": 1}, "fast must be True or False, got 1."),
        ({"width": 13}, "width must not be 13 while rate is given."),
        ({"widht": 3}, "Outer has no setting 'widht'; did you mean 'width'?"),
        ({"deep": 3}, "Inner has no setting 'deep'; did you mean 'depth'?"),
        (
            {"rate": 2, "width": 0},
            "width must be at least 1, got 0; rate must be at most 1, got 2.",
        ),
        ({"names": "x" * 999}, "names must be a tuple, got '" + "x" * 58 + "…."),
    ],
)
def test_a_wrong_setting_is_told_in_words(values: dict[str, Any], message: str):
    with pytest.raises(SettingError) as caught:
        (Inner if "deep" in values else Outer)(**values)
    assert str(caught.value) == message


def test_an_unknown_name_with_nothing_near_lists_them_all():
    with pytest.raises(SettingError, match="Inner has no setting 'xyz'; it has depth"):
        Inner(xyz=1)  # type: ignore[call-arg]  # that is the point


def test_settings_go_by_name():
    with pytest.raises(SettingError) as caught:
        Outer(100)  # type: ignore[misc]  # that is the point
    assert str(caught.value) == "the settings of Outer are given by name. Write Outer(width=…)."


@pytest.mark.parametrize("number", [np.int32(7), np.int64(7), np.uint8(7)])
def test_numpy_numbers_are_numbers(number: Any):
    assert Outer(width=number).width == 7
    assert type(Outer(width=number).width) is int
    assert Outer(rate=np.float32(0.25)).rate == 0.25


def test_settings_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Outer().width = 3  # type: ignore[misc]  # that is the point


def test_the_signature_and_docstring_stay():
    assert [*inspect.signature(Outer).parameters][:2] == ["width", "rate"]
    assert inspect.getdoc(Outer) == "A bit of everything."


def test_settings_come_back_from_json():
    made = Outer(width=7, names=("a", "苹果"), inner=Inner(depth=4), threads=2)
    assert from_dict(Outer, json.loads(json.dumps(as_dict(made)))) == made


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"width": 0}, "manifest.json: width must be at least 1, got 0."),
        ({"width": True}, "manifest.json: width must be a whole number, got True."),
        (
            {"widht": 1},
            "manifest.json: Outer has no setting 'widht'; did you mean 'width'? "
            "If a newer lexloom wrote it: pip install -U lexloom",
        ),
        ([], "manifest.json: Outer must be an object, got []."),
    ],
)
def test_wrong_settings_in_a_file_are_the_files_fault(values: Any, message: str):
    with pytest.raises(FormatError) as caught:
        from_dict(Outer, values, path="manifest.json")
    assert str(caught.value) == message
