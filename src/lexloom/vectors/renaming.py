"""Arguments that people know by another name: asked for by that, they say what they are here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from lexloom.errors import SettingError

__all__ = ["known_elsewhere_as"]

P = ParamSpec("P")
R = TypeVar("R")


def known_elsewhere_as(**our_names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function explain arguments that another library calls otherwise.

    Parameters
    ----------
    **our_names
        Their name → ours.

    Returns
    -------
    Callable
        The decorator. The function keeps its signature; the other names are no part of it.

    Raises
    ------
    SettingError
        By the function, if it is given one of the other names.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def explained(*args: P.args, **kwargs: P.kwargs) -> R:
            for theirs in our_names.keys() & kwargs.keys():
                name, ours, value = function.__name__, our_names[theirs], kwargs[theirs]
                raise SettingError(
                    f"{name} has no argument {theirs}; here it is called {ours}.",
                    f"Pass {ours}={value!r:.40}.",
                )
            return function(*args, **kwargs)

        return explained

    return decorate
