"""What every task learns: a model, and what was put on top of it, kept together as one artefact."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from lexloom import artefact, catalog
from lexloom.artefact import Kept
from lexloom.errors import FormatError, SettingError, ShapeError
from lexloom.finetuning.card import cards

__all__ = ["Fitted", "portions", "reading_of"]

_MODEL, _REPORT = "model", "report.json"
_AT_ONCE = 2048


class Fitted(Kept):
    """A model that was made good at a task. Nothing of it changes after it is made.

    Parameters
    ----------
    model
        What it stands on.
    settings, lineage, metrics
        How it was made, of what, and figures of the run: plain JSON values.
    report
        How good it is, where there was something to judge it by.
    """

    reading: ClassVar[Mapping[str, Any]] = {}
    """The settings that say how examples are read, and what they are by default."""

    def __init__(
        self,
        model: Any,
        *,
        settings: Mapping[str, Any] | None = None,
        lineage: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Any] | None = None,
        report: Any = None,
    ) -> None:
        self.model = model
        self.report = report
        self._settings, self.lineage, self.metrics = (
            dict(given or {}) for given in (settings, lineage, metrics)
        )

    @property
    def settings(self) -> dict[str, Any]:
        """How it was made, as a copy."""
        return dict(self._settings)

    def _reading(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Say how examples to judge it by are read: as said, else as those it learned from were."""
        return reading_of(self.reading, self._settings, said)

    def describe(self, settings: Mapping[str, Any]) -> None:
        """Say by which settings it came to be, where that was more than one run.

        Parameters
        ----------
        settings
            All of them, plain JSON values.
        """
        self._settings = dict(settings)

    def write_into(self, draft: artefact.Draft) -> None:
        """Write its files into an artefact that is being made.

        Parameters
        ----------
        draft
            The artefact.

        Raises
        ------
        StorageError
            If a file cannot be written.
        """
        artefact.write_part(draft, _MODEL, self.model)
        self._write_own(draft)
        if self.report is not None:
            draft.write_json(_REPORT, self.report.as_dict())
        for name, text in cards(self, self.report, **self._about()).items():
            draft.write_bytes(name, text)
        draft.lineage.update(self.lineage)
        draft.metrics.update(self.metrics)

    def _about(self) -> dict[str, Any]:
        """Give what fills the sentence of the card that says what it does."""
        return {}

    @abstractmethod
    def _write_own(self, draft: artefact.Draft) -> None:
        """Write what was put on top of the model."""

    @classmethod
    @abstractmethod
    def _read_own(cls, opened: artefact.Artefact, model: Any, kept: Mapping[str, Any]) -> Self:
        """Put what `_write_own` wrote on top of a model.

        What it raises of wrong values, `load` turns into what is wrong with the artefact.
        """

    @staticmethod
    @abstractmethod
    def _read_report(values: Mapping[str, Any]) -> Any:
        """Take back a report that was written as JSON."""

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, verify: artefact.Verify = "full", **reading: Any
    ) -> Self:
        """Open an artefact.

        Parameters
        ----------
        path
            The folder that `save` made.
        verify
            ``"full"`` compares the hash of every file, ``"structure"`` names and sizes only.
        **reading
            Of one that stands on an encoder, settings of `EncoderSettings`, as ``device`` and
            ``precision``; it is read otherwise as it was.

        Returns
        -------
        Self
            Equal to what was saved.

        Raises
        ------
        SettingError
            If there is no such setting.
        StorageError
            If the folder cannot be read.
        FormatError
            If it is something else, or its parts do not fit together.
        DamagedError
            If it differs from its manifest.
        MissingExtraError
            If what the model needs is not installed.
        """
        opened = artefact.open_artefact(path, cls.kind, verify=verify)
        with opened.part(_MODEL) as folder:
            # Its hashes are among those that were compared just now.
            model = _opened_model(folder, reading)
        manifest = opened.manifest
        written = opened.json(_REPORT) if _REPORT in manifest.files else None
        kept = {name: getattr(manifest, name) for name in ("settings", "lineage", "metrics")}
        try:
            report = None if written is None else cls._read_report(written)
            return cls._read_own(opened, model, {**kept, "report": report})
        except FormatError:
            raise
        except ShapeError as error:
            raise FormatError(error.what, path=path) from error
        except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
            raise FormatError(f"its parts are none: {error}.", path=path) from error


def _opened_model(folder: Path, reading: dict[str, Any]) -> Any:
    """Open the model within."""
    model_class = catalog.class_of(folder)
    if reading and model_class.kind != "encoder":
        found = catalog.in_words(model_class.kind)
        raise SettingError(f"{', '.join(reading)} is for an encoder, got {found}.")
    return model_class.load(folder, verify="structure", **reading)


def reading_of(
    usual: Mapping[str, Any], kept: Mapping[str, Any], said: Mapping[str, Any]
) -> dict[str, Any]:
    """Say how examples are read that something is judged by.

    Parameters
    ----------
    usual
        The settings that there are, and what they are by default.
    kept
        How it was made.
    said
        What is to be otherwise.

    Returns
    -------
    dict
        Each of the settings.

    Raises
    ------
    SettingError
        If there is no such setting.
    """
    if strange := sorted(said.keys() - usual.keys()):
        raise SettingError(
            f"there is no {strange[0]} to read its examples by, but {', '.join(usual)}."
        )
    return {name: said.get(name, kept.get(name, default)) for name, default in usual.items()}


def portions(given: Iterable[Any], kind: type | tuple[type, ...], what: str) -> Iterator[list[Any]]:
    """Take some at a time of what is asked about.

    Parameters
    ----------
    given
        Any number, read bit by bit.
    kind
        What each must be.
    what
        What they are, in words: ``texts``.

    Yields
    ------
    list
        At least one.

    Raises
    ------
    SettingError
        If they are no list, or one is something else.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise SettingError(
            f"{what} must be a list of {what}, got one {type(given).__name__}.",
            "Pass a list, if only of one.",
        )
    some: list[Any] = []
    for place, each in enumerate(given):
        if not isinstance(each, kind) or not all(isinstance(part, str) for part in each):
            raise SettingError(
                f"{what} must be a list of {what}, got {each!r:.60} as number {place}."
            )
        some.append(each)
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some
