"""How raw text becomes words: settings that cut a query text like the corpus."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from lexloom.errors import SettingError
from lexloom.settings import settings
from lexloom.text import chinese
from lexloom.text.characters import CharacterRule
from lexloom.text.cutting import CharacterCutter, Cutter, FunctionCutter, PatternCutter, Span
from lexloom.text.language import guess_language
from lexloom.text.normalizing import NormalForm, normalize_aligned, normalize_bytes

__all__ = ["Segmentation", "WordFunction"]

WordFunction = Callable[[str], Iterable[str]]
_WITHOUT_SPACES = frozenset({"ja", "th", "lo", "km", "my", "bo"})


@settings
class Segmentation:
    """How raw text becomes words.

    Attributes
    ----------
    language
        ``"zh"`` cuts Chinese words with rjieba; ``"en"`` or the two- or three-letter code of
        another spaced language takes runs of letters and numbers, with apostrophes inside a word
        and points or commas between digits kept (``don't``, ``3.14``); ``"spaces"`` ends words at
        blanks only, for text that is cut already; ``"characters"`` is ``"en"`` with each character
        of a script without spaces a word; ``"auto"`` looks at the text.
    pattern
        A regular expression; each match is a word. It goes before `language`.
    function
        The name of the Python function that cut the text, set by `with_function`.
    lowercase
        Whether words are written in lower case, character by character. None: yes, but for
        ``"spaces"``, `pattern` and `function`.
    punctuation
        Whether marks and symbols are words too, each by itself, as models of running text want
        them; ``"spaces"``, `pattern` and `function` decide for themselves.
    normal_form
        The Unicode normal form text is brought to first.
    simplified
        Whether traditional Chinese characters are made simplified ones first (needs opencc).
    user_dictionary
        Words for rjieba to know: ``"word"``, ``"word frequency"`` or ``"word frequency tag"``.
    """

    language: Annotated[str, Field(pattern="^(auto|spaces|characters|[a-z]{2,3})$")] = "auto"
    pattern: str | None = None
    function: str | None = None
    lowercase: bool | None = None
    punctuation: bool = False
    normal_form: NormalForm = "NFC"
    simplified: bool = False
    user_dictionary: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pattern is not None:
            _compiled(self.pattern)
        if self.language in _WITHOUT_SPACES:
            raise SettingError(
                f"language {self.language!r} has no spaces; only 'zh' is cut into words.",
                "Pass language='characters', or a function that cuts it.",
            )

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Segmentation:
        """Make a segmentation of what `lexloom.settings.as_dict` gave, also after JSON.

        Raises
        ------
        SettingError
            If a field is unknown or out of its range.
        """
        values = dict(fields)
        if "user_dictionary" in values:
            values["user_dictionary"] = tuple(values["user_dictionary"])
        return cls(**values)

    def with_function(self, function: WordFunction) -> Segmentation:
        """Give the same settings bound to a Python function that cuts a line into words.

        A function is not stored, only its name: after loading, pass it again.

        Raises
        ------
        SettingError
            If the text was cut by a function of another name.
        """
        module = getattr(function, "__module__", None) or "builtins"
        name = f"{module}.{getattr(function, '__qualname__', type(function).__name__)}"
        if self.function is not None and self.function != name:
            raise SettingError(f"function must be {self.function}, got {name}.")
        bound = dataclasses.replace(self, function=name)
        object.__setattr__(bound, "_bound", function)
        return bound

    def words(self, text: str) -> list[str]:
        """Cut a text into words.

        Raises
        ------
        SettingError
            If it was cut by a Python function that is not at hand, or holds a lone surrogate.
        """
        return self._chosen(text)._shared_cutter.cut(self.prepared(encoded(text))).words()

    def spans(self, text: str) -> list[Span]:
        """Cut a text into words, each with its first character and the one behind its last.

        The word is as the vocabulary writes it (normal form, lower case); the places are in
        `text` as given.

        Raises
        ------
        SettingError
            If it was cut by a Python function that is not at hand, or holds a lone surrogate.
        """
        encoded(text)
        chosen = self._chosen(text)
        simplified = chosen.simplified and chosen.language == "zh"
        aligned = normalize_aligned(text, self.normal_form, simplified=simplified)
        return [
            (word, int(aligned.starts[start]), int(aligned.ends[end - 1]))
            for word, start, end in chosen._shared_cutter.spans(aligned.text)
        ]

    def prepared(self, text: bytes) -> bytes:
        """Bring UTF-8 text to the normal form that words are cut from."""
        return normalize_bytes(text, self.normal_form)

    @property
    def writes_lower_case(self) -> bool:
        """Whether words are written in lower case."""
        if self.lowercase is not None:
            return self.lowercase
        return self.language != "spaces" and self.pattern is None and self.function is None

    @property
    def is_open(self) -> bool:
        """Whether a look at the text still has to choose the language."""
        return self.language == "auto" and self.pattern is None and self.function is None

    @property
    def runs_in(self) -> str:
        """Where cutting gains from more cores: ``"threads"``, ``"processes"`` or ``"nowhere"``."""
        if self.pattern is not None or self.function is not None:
            return "nowhere"
        return "processes" if self.language == "zh" else "threads"

    def cutter(self, n_processes: int = 1) -> Cutter:
        """Make what cuts blocks of text; close it after use.

        Raises
        ------
        SettingError
            If the language is still ``"auto"``, or the function is not at hand.
        """
        lowercase = self.writes_lower_case
        if self.function is not None:
            return FunctionCutter(self._function(), lowercase=lowercase)
        if self.pattern is not None:
            return PatternCutter(_compiled(self.pattern), lowercase=lowercase)
        if self.language == "zh":
            cutter = chinese.ChineseCutter
            if n_processes > 1:
                cutter = functools.partial(chinese.ChineseProcesses, n_processes=n_processes)
            return cutter(
                self.user_dictionary,
                lowercase=lowercase,
                punctuation=self.punctuation,
                simplified=self.simplified,
            )
        if self.language == "auto":
            raise SettingError("language must be chosen before a text is cut, got 'auto'.")
        rule: CharacterRule = "words"
        if self.language in ("spaces", "characters"):
            rule = self.language  # type: ignore[assignment]  # one of the two literals
        return CharacterCutter(rule, lowercase=lowercase, punctuation=self.punctuation)

    @property
    def _shared_cutter(self) -> CharacterCutter | FunctionCutter | chinese.ChineseCutter:
        """The cutter for query texts, made once for equal settings."""
        return self.cutter() if self.function is not None else _cutter_of(self)  # type: ignore[return-value]  # one process

    def _chosen(self, text: str) -> Segmentation:
        """Give the same settings with the language chosen by this text."""
        return dataclasses.replace(self, language=guess_language(text)) if self.is_open else self

    def _function(self) -> WordFunction:
        """Give the bound Python function, or say that it must be passed again."""
        function = getattr(self, "_bound", None)
        if function is None:
            raise SettingError(
                f"this text was cut by the Python function {self.function}, which is not stored.",
                "Pass it again: segmentation.with_function(function).",
            )
        return function


@functools.lru_cache(maxsize=8)
def _cutter_of(segmentation: Segmentation) -> Cutter:
    """Make a cutter for settings that hold no Python function."""
    return segmentation.cutter()


def encoded(text: str) -> bytes:
    """Give a text in UTF-8.

    Raises
    ------
    SettingError
        If it is no str, or holds a lone surrogate.
    """
    if not isinstance(text, str):
        raise SettingError(f"a text must be a str, got {type(text).__name__}.")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise SettingError(
            f"a text must be what UTF-8 can write; character {error.start} is a lone surrogate.",
            "Replace it: text.encode('utf-8', 'replace').decode('utf-8').",
        ) from error


def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern without groups, or say what is wrong with it."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise SettingError(f"pattern must be a regular expression: {error}.") from error
    if compiled.groups:
        raise SettingError(
            f"pattern must have no capturing groups, got {compiled.groups}.",
            "Write (?:…) in place of (…).",
        )
    return compiled
