"""What `TextClassifier` learns: a model of texts, and the layer that reads labels off it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from lexloom import artefact, catalog
from lexloom.arrays import Vectors
from lexloom.artefact import Kept
from lexloom.errors import FormatError, SettingError, ShapeError
from lexloom.finetuning.card import CARDS, card
from lexloom.finetuning.explaining import Explanation, explain
from lexloom.finetuning.head import Head
from lexloom.finetuning.report import Report
from lexloom.finetuning.targets.kinds import target_of
from lexloom.finetuning.targets.target import Target

__all__ = ["FittedClassifier", "TextModel"]

_MODEL, _HEAD, _TARGET, _REPORT = "model", "head.safetensors", "target.json", "report.json"
_LAYER = {"weights": (np.float32, 2), "bias": (np.float32, 1), "temperature": (np.float64, 1)}
_TEXTS_AT_ONCE = 4096


class TextModel(Protocol):
    """What a classifier stands on: it gives each text a vector, and is kept as an artefact."""

    kind: str

    def embed_texts(self, texts: Sequence[str]) -> Any:
        """Give one vector for each of N texts, dense or sparse: float32 (N, D)."""
        ...


class FittedClassifier(Kept):
    """Gives texts labels, or a number. Nothing of it changes after it is made.

    Parameters
    ----------
    model
        Gives each text a vector.
    head
        Reads scores off it.
    target
        What is wanted of a text, and what the scores are of.
    settings, lineage
        How it was made, and of what: plain JSON values.
    metrics
        Figures of the run.
    report
        How good it is.

    Raises
    ------
    ShapeError
        If the parts do not fit together.
    """

    kind = "text_classifier"

    def __init__(
        self,
        model: TextModel,
        head: Head,
        target: Target,
        *,
        settings: Mapping[str, Any] | None = None,
        lineage: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Any] | None = None,
        report: Report | None = None,
    ) -> None:
        self.model = model
        self.head = head
        self.target = target
        self.report = report
        self._settings, self.lineage, self.metrics = (
            dict(given or {}) for given in (settings, lineage, metrics)
        )
        width, n_scores = getattr(model, "width", None), len(target.names) or 1
        if n_scores != len(head.bias) or width not in (None, head.weights.shape[1]):
            raise ShapeError(
                f"a head of {head.weights.shape} does not fit {n_scores} scores and vectors of "
                f"{width}."
            )

    @property
    def labels(self) -> tuple[str, ...]:
        """The K labels in the order of their probabilities; none where a number is wanted."""
        return self.target.names

    @property
    def settings(self) -> dict[str, Any]:
        """How it was made, as a copy."""
        return dict(self._settings)

    def __repr__(self) -> str:
        shown = ", ".join(self.labels[:3]) + (", …" if len(self.labels) > 3 else "")
        what = f"{self.target.name}: {shown}" if self.labels else self.target.name
        return f"FittedClassifier({what}; on {self.model!r})"

    def predict(self, texts: Iterable[str], *, least: float | None = None) -> list[Any]:
        """Answer for each text.

        Parameters
        ----------
        texts
            N texts.
        least
            How likely a label must be, 0 to 1, to be given. By default the likeliest is given
            however unlikely, of several labels those that are likelier than not.

        Returns
        -------
        list
            N times the label, None where none is likely enough; or a tuple of labels; or a number.

        Raises
        ------
        SettingError
            If `texts` holds anything but texts, or `least` is out of its range or goes with a
            number.
        """
        return self.choose(self.predict_proba(texts), least=least)

    def choose(self, probabilities: Vectors, *, least: float | None = None) -> list[Any]:
        """Answer for each text by what `predict_proba` gave.

        Parameters
        ----------
        probabilities
            float32 (N, K).
        least
            As of `predict`.

        Returns
        -------
        list
            As of `predict`.

        Raises
        ------
        SettingError
            If `least` is out of its range, or goes with a number.
        """
        if least is not None and not 0 <= least <= 1:
            raise SettingError(f"least must be from 0 to 1, got {least}.")
        return self.target.answers(probabilities, least)

    def predict_proba(self, texts: Iterable[str]) -> Vectors:
        """Give the probability of each label for each text.

        Parameters
        ----------
        texts
            N texts; they are read bit by bit.

        Returns
        -------
        Vectors
            float32 (N, K), in the order of `labels`; each row sums to 1 where one label is wanted.
            Where a number is wanted, that number: float32 (N, 1).

        Raises
        ------
        SettingError
            If `texts` holds anything but texts.
        """
        found = [np.empty((0, len(self.labels) or 1), np.float32)]
        found += [self.target.chances(self.scores(some)) for some in _portions(texts)]
        return np.concatenate(found)

    def explain(
        self, text: str, label: str | None = None, *, language: str | None = None
    ) -> Explanation:
        """Show what each word of a text does for its label.

        Parameters
        ----------
        text
            The text.
        label
            The label to explain; by default the likeliest.
        language
            How the text is cut into words, as ``zh``; by default as the model cuts, or as it looks.

        Returns
        -------
        Explanation
            What each word does; `explaining.explanation_page` draws it.

        Raises
        ------
        SettingError
            If there is no such label, or the text has no word or too many.
        """
        return explain(self, text, label, language=language)

    def scores(self, texts: Sequence[str]) -> Vectors:
        """Give what probabilities are made of: float32 (N, K) for N texts."""
        return self.head.scores(self.model.embed_texts(texts))

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
        assert isinstance(self.model, Kept)
        artefact.write_part(draft, _MODEL, self.model)
        layer = {"weights": self.head.weights, "bias": self.head.bias}
        temperature = np.array([self.head.temperature], np.float64)
        draft.write_tensors(_HEAD, {**layer, "temperature": temperature})
        draft.write_json(_TARGET, self.target.fields())
        if self.report is not None:
            draft.write_json(_REPORT, self.report.as_dict())
        for name, language in CARDS.items():
            draft.write_bytes(name, card(self, language).encode("utf-8"))
        draft.lineage.update(self.lineage)
        draft.metrics.update(self.metrics)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, verify: artefact.Verify = "full"
    ) -> FittedClassifier:
        """Open an artefact.

        Parameters
        ----------
        path
            The folder that `save` made.
        verify
            ``"full"`` compares the hash of every file, ``"structure"`` names and sizes only.

        Returns
        -------
        FittedClassifier
            Equal to what was saved.

        Raises
        ------
        StorageError
            If the folder cannot be read.
        FormatError
            If it is no classifier, or its parts do not fit together.
        DamagedError
            If it differs from its manifest.
        """
        opened = artefact.open_artefact(path, cls.kind, verify=verify)
        layer = opened.tensors(_HEAD, _LAYER)
        with opened.part(_MODEL) as folder:
            # Its hashes are among those that were compared just now.
            model = catalog.load(folder, verify="structure")
        manifest = opened.manifest
        has_report = _REPORT in manifest.files
        try:
            head = Head(layer["weights"], layer["bias"], _only(layer["temperature"]))
            return cls(
                model, head, target_of(opened.json(_TARGET)),
                settings=manifest.settings, lineage=manifest.lineage, metrics=manifest.metrics,
                report=Report.from_dict(opened.json(_REPORT)) if has_report else None,
            )  # fmt: skip
        except ShapeError as error:
            raise FormatError(error.what, path=path) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise FormatError(f"its report is none: {error}.", path=path) from error


def _only(array: np.ndarray) -> float:
    """Give the one number of an array."""
    if array.shape != (1,):
        raise ShapeError(f"temperature must be one number, got {array.shape}.")
    return float(array[0])


def _portions(texts: Iterable[str]) -> Iterator[list[str]]:
    """Take some texts at a time."""
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise SettingError(
            f"texts must be a list of texts, got one {type(texts).__name__}.", "Pass [text]."
        )
    some: list[str] = []
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise SettingError(f"texts must be a list of str, got {text!r:.60} as number {place}.")
        some.append(text)
        if len(some) == _TEXTS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some
