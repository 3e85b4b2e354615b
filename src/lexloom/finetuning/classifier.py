"""What `TextClassifier` learns: a model of texts, and the layer that reads labels off it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, Protocol, Self

import numpy as np

from lexloom import artefact
from lexloom.arrays import Vectors
from lexloom.catalog import in_words
from lexloom.errors import FormatError, SettingError, ShapeError
from lexloom.evaluation.labelled import LABEL, TEXT
from lexloom.finetuning.card import listed
from lexloom.finetuning.examples import Examples, examples_of, with_text
from lexloom.finetuning.explaining import Explanation, explain
from lexloom.finetuning.fitted import Fitted, portions
from lexloom.finetuning.head import Head
from lexloom.finetuning.labelled_parts import Part
from lexloom.finetuning.report import Report, report_alone
from lexloom.finetuning.targets.kinds import known_numbers, target_of
from lexloom.finetuning.targets.target import Target

__all__ = ["FittedClassifier", "TextModel"]

_HEAD, _TARGET = "head.safetensors", "target.json"
_LAYER = {"weights": (np.float32, 2), "bias": (np.float32, 1), "temperature": (np.float64, 1)}
_SAYING = {"label": "label", "sentiment": "label", "labels": "labels", "number": "number"}


class TextModel(Protocol):
    """What a classifier stands on: it gives each text a vector, and is kept as an artefact."""

    kind: str

    def embed_texts(self, texts: Sequence[str]) -> Any:
        """Give one vector for each of N texts, dense or sparse: float32 (N, D)."""
        ...


class FittedClassifier(Fitted):
    """Gives texts labels, or a number. Nothing of it changes after it is made.

    Parameters
    ----------
    model
        Gives each text a vector.
    head
        Reads scores off it.
    target
        What is wanted of a text, and what the scores are of.
    **kept
        As of `Fitted`.

    Raises
    ------
    SettingError
        If the model embeds no texts.
    ShapeError
        If the parts do not fit together.
    """

    kind = "text_classifier"
    reading = {"text_field": TEXT, "label_field": LABEL, "encoding": "utf-8"}  # noqa: RUF012  # never written to

    def __init__(
        self,
        model: TextModel,
        head: Head,
        target: Target,
        **kept: Any,
    ) -> None:
        if not hasattr(model, "embed_texts"):
            kind = getattr(model, "kind", type(model).__name__)
            raise SettingError(
                f"a classifier stands on a model that gives texts vectors, got {in_words(kind)}.",
                "Pass word vectors, a bag of words or an encoder.",
            )
        super().__init__(model, **kept)
        self.head = head
        self.target = target
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

    def __repr__(self) -> str:
        shown = ", ".join(self.labels[:3]) + (", …" if len(self.labels) > 3 else "")
        what = f"{self.target.name}: {shown}" if self.labels else self.target.name
        return f"FittedClassifier({what}; on {self.model!r})"

    def predict(self, texts: Iterable[str], *, least: float | None = None) -> list[Any]:
        """Answer for each text.

        Parameters
        ----------
        texts
            N texts. One that is empty is answered too, by what is likely of any; leave it out.
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
        is_number = isinstance(least, Real) and not isinstance(least, bool)
        if least is not None and not (is_number and 0 <= least <= 1):
            raise SettingError(f"least must be a number from 0 to 1, got {least!r:.60}.")
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
        found += [self.target.chances(self.scores(some)) for some in portions(texts, str, "texts")]
        return np.concatenate(found)

    def evaluate(self, examples: Examples, **reading: Any) -> Report:
        """Judge it by texts with labels.

        Parameters
        ----------
        examples
            Texts that it has not learned from, in any form in which `TextClassifier` takes them.
        **reading
            `text_field`, `label_field` and `encoding`; by default those it was taught with.

        Returns
        -------
        Report
            Its figures, with nothing beside them.

        Raises
        ------
        SettingError
            If they are no pairs of a text and a label, or there is no such setting.
        FormatError
            If a file has no such fields, a label is unknown, or there is no text.
        StorageError
            If a file cannot be read.
        """
        may_lack = self.target.name == "labels"
        given = examples_of(examples, **self._reading(reading), may_lack=may_lack)
        texts = with_text("those given", given)
        if not len(texts):
            raise FormatError("there is no text to judge by.")
        part = Part(texts.texts, known_numbers(self.target, texts))
        return report_alone(part, self.target, self.predict_proba(part.texts))

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

    def _write_own(self, draft: artefact.Draft) -> None:
        """Write the layer, and what its scores are of."""
        layer = {"weights": self.head.weights, "bias": self.head.bias}
        temperature = np.array([self.head.temperature], np.float64)
        draft.write_tensors(_HEAD, {**layer, "temperature": temperature})
        draft.write_json(_TARGET, self.target.fields())

    def _about(self) -> dict[str, Any]:
        """Say what it gives."""
        return {"saying": _SAYING[self.target.name], **listed(self.labels)}

    @classmethod
    def _read_own(cls, opened: artefact.Artefact, model: Any, kept: Mapping[str, Any]) -> Self:
        """Put the layer on top of the model."""
        layer = opened.tensors(_HEAD, _LAYER)
        head = Head(layer["weights"], layer["bias"], _only(layer["temperature"]))
        return cls(model, head, target_of(opened.json(_TARGET)), **kept)

    @staticmethod
    def _read_report(values: Mapping[str, Any]) -> Report:
        """Take back the report."""
        return Report.from_dict(values)


def _only(array: np.ndarray) -> float:
    """Give the one number of an array."""
    if array.shape != (1,):
        raise ShapeError(f"temperature must be one number, got {array.shape}.")
    return float(array[0])
