"""What `Tagger` learns: an encoder, the layer that reads tags off its words, and their rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from lexloom import artefact
from lexloom.catalog import in_words
from lexloom.contextual.encoder import Encoder
from lexloom.errors import FormatError, ShapeError
from lexloom.evaluation.metrics.spans import spans_of
from lexloom.finetuning.card import listed
from lexloom.finetuning.fitted import Fitted, portions
from lexloom.finetuning.head import Head
from lexloom.finetuning.tagging.shared_pieces import N_MARKS, marks_of, with_marks
from lexloom.finetuning.tagging.tag_learning import rows_of
from lexloom.finetuning.tagging.tag_report import TagReport, tag_report_alone
from lexloom.finetuning.tagging.tag_scheme import TagScheme
from lexloom.finetuning.tagging.tagged_examples import FIELDS, taken, to_judge_by
from lexloom.finetuning.tagging.tagged_sentences import Tagged, cut_into_units, running_text

__all__ = ["FittedTagger", "TaggedText"]

_HEAD, _TAGS = "head.safetensors", "tags.json"
_LAYER = {"weights": (np.float32, 2), "bias": (np.float32, 1)}


@dataclass(frozen=True)
class TaggedText:
    """A running text, its units and their tags.

    Attributes
    ----------
    text
        The text.
    spans
        For each of T units the first character and the one behind its last.
    tags
        T tags.
    found
        The spans that the tags mark: text, first character, the one behind the last, kind.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    tags: tuple[str, ...]
    found: tuple[tuple[str, int, int, str], ...]


class FittedTagger(Fitted):
    """Gives units of sentences tags. Nothing of it changes after it is made.

    Parameters
    ----------
    model
        Gives each unit a vector in its sentence.
    head
        Reads scores of tags off it.
    tags
        The K tags, as the head numbers them.
    by_character
        Whether the units of a running text are its characters; else its words and marks.
    **kept
        As of `Fitted`.

    Raises
    ------
    ShapeError
        If the parts do not fit together.
    """

    kind = "tagger"
    reading = FIELDS

    def __init__(
        self,
        model: Encoder,
        head: Head,
        tags: Sequence[str],
        *,
        by_character: bool = False,
        **kept: Any,
    ) -> None:
        super().__init__(model, **kept)
        self.head = head
        self.scheme = TagScheme(tags)
        self.by_character = by_character
        if (len(self.scheme.tags), N_MARKS * model.width) != head.weights.shape:
            raise ShapeError(
                f"a head of {head.weights.shape} does not fit {len(self.scheme.tags)} tags and "
                f"vectors of {model.width}."
            )

    @property
    def tags(self) -> tuple[str, ...]:
        """The K tags."""
        return self.scheme.tags

    def __repr__(self) -> str:
        shown = ", ".join(self.tags[:4]) + (", …" if len(self.tags) > 4 else "")
        return f"FittedTagger({len(self.tags)} tags: {shown}; on {self.model!r})"

    def predict(self, sentences: Iterable[Sequence[str]]) -> list[list[str]]:
        """Tag sentences that are units already.

        Parameters
        ----------
        sentences
            N sentences, each a list of words or characters.

        Returns
        -------
        list of list of str
            For each its tags, which keep their rules.

        Raises
        ------
        SettingError
            If a sentence is no list of texts.
        """
        found: list[list[str]] = []
        for some in portions(sentences, (list, tuple), "sentences"):
            found += self._tagged([running_text(units) for units in some])
        return found

    def tag(self, texts: Iterable[str | Sequence[str]]) -> Iterator[TaggedText]:
        """Tag running texts.

        Parameters
        ----------
        texts
            Any number of texts, or lists of units, which become running text; they are read bit by
            bit.

        Yields
        ------
        TaggedText
            For each its units, their tags, and the spans that these mark.

        Raises
        ------
        SettingError
            If one is no text.
        """
        for some in portions(texts, (str, list, tuple), "texts"):
            cut = [self._cut(text) for text in some]
            for (text, own), tags in zip(cut, self._tagged(cut), strict=True):
                found = [
                    (text[own[first][0] : own[last - 1][1]], own[first][0], own[last - 1][1], kind)
                    for first, last, kind in (spans_of(tags) if self.scheme.marks_spans else ())
                ]
                yield TaggedText(text, tuple(own), tuple(tags), tuple(found))

    def evaluate(self, examples: Tagged, **reading: Any) -> TagReport:
        """Judge it by tagged sentences.

        Parameters
        ----------
        examples
            Sentences that it has not learned from, in any form in which `Tagger` takes them.
        **reading
            `unit_column`, `tag_column`, `text_field`, `span_field` and `encoding`; by default those
            it was taught with.

        Returns
        -------
        TagReport
            Its figures, with nothing beside them.

        Raises
        ------
        SettingError
            If they are no tagged sentences, or there is no such setting.
        FormatError
            If a file has no such columns or fields, a tag is unknown, or there is no sentence.
        StorageError
            If a file cannot be read.
        """
        given = taken({"test": examples}, self.by_character, **self._reading(reading))["test"]
        judged = to_judge_by(given, self.tags)
        tags = self.predict([each.units for each in judged])
        return tag_report_alone(judged, tags, marks_spans=self.scheme.marks_spans)

    def _cut(self, text: str | Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
        """Give a running text and its units; of units the text that they make."""
        if not isinstance(text, str):
            return running_text(text)
        return text, cut_into_units(text, by_character=self.by_character)

    def _tagged(self, cut: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[list[str]]:
        """Tag the units at some places of texts."""
        tags = []
        texts, spans = [text for text, _ in cut], [own for _, own in cut]
        for vectors, aligned in self.model.embed_spans(texts, spans):
            found = self.head.scores(with_marks(vectors, marks_of(aligned.places)))
            scores = rows_of(found, aligned.has_pieces, len(self.tags))
            tags.append([self.tags[number] for number in self.scheme.best(scores)])
        return tags

    def _write_own(self, draft: artefact.Draft) -> None:
        """Write the layer and the tags."""
        draft.write_tensors(_HEAD, {"weights": self.head.weights, "bias": self.head.bias})
        draft.write_json(_TAGS, {"tags": list(self.tags), "by_character": self.by_character})

    def _about(self) -> dict[str, Any]:
        """Say which tags it gives."""
        return listed(self.tags)

    @classmethod
    def _read_own(cls, opened: artefact.Artefact, model: Any, kept: Mapping[str, Any]) -> Self:
        """Put the layer on top of the encoder."""
        layer = opened.tensors(_HEAD, _LAYER)
        tags, by_character = _checked(opened.json(_TAGS))
        if not isinstance(model, Encoder):
            raise FormatError(f"a tagger needs an encoder, this holds {in_words(model.kind)}.")
        head = Head(layer["weights"], layer["bias"])
        return cls(model, head, tags, by_character=by_character, **kept)

    @staticmethod
    def _read_report(values: Mapping[str, Any]) -> TagReport:
        """Take back the report."""
        return TagReport.from_dict(values)


def _checked(said: Any) -> tuple[list[str], bool]:
    """Look at what a file says of tags."""
    tags, by_character = said["tags"], said["by_character"]
    if not isinstance(by_character, bool) or not isinstance(tags, list):
        raise TypeError("tags must be a list, by_character true or false")
    if not all(isinstance(tag, str) and tag for tag in tags):
        raise TypeError("a tag must be a text")
    return tags, by_character
