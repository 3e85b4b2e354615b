"""What `Tagger` learns: an encoder, the layer that reads tags off its words, and their rules."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lexloom import artefact
from lexloom.artefact import Kept
from lexloom.contextual.encoder import Encoder
from lexloom.errors import FormatError, SettingError, ShapeError
from lexloom.evaluation.metrics.spans import spans_of
from lexloom.finetuning.head import Head
from lexloom.finetuning.tagging.tag_learning import rows_of
from lexloom.finetuning.tagging.tag_report import TagReport
from lexloom.finetuning.tagging.tag_scheme import TagScheme
from lexloom.finetuning.tagging.tagged_sentences import running_text
from lexloom.text.segmenting import Segmentation

__all__ = ["FittedTagger", "TaggedText"]

_MODEL, _HEAD, _TAGS, _REPORT = "model", "head.safetensors", "tags.json", "report.json"
_LAYER = {"weights": (np.float32, 2), "bias": (np.float32, 1)}
_SENTENCES_AT_ONCE = 1024


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


class FittedTagger(Kept):
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
    settings, lineage, metrics
        How it was made, of what, and figures of the run: plain JSON values.
    report
        How good it is.

    Raises
    ------
    ShapeError
        If the parts do not fit together.
    """

    kind = "tagger"

    def __init__(
        self,
        model: Encoder,
        head: Head,
        tags: Sequence[str],
        *,
        by_character: bool = False,
        report: TagReport | None = None,
        **kept: Mapping[str, Any] | None,
    ) -> None:
        self.model = model
        self.head = head
        self.scheme = TagScheme(tags)
        self.by_character = by_character
        self.report = report
        self._settings, self.lineage, self.metrics = (
            dict(kept.get(name) or {}) for name in ("settings", "lineage", "metrics")
        )
        if (len(self.scheme.tags), model.width) != head.weights.shape:
            raise ShapeError(
                f"a head of {head.weights.shape} does not fit {len(self.scheme.tags)} tags and "
                f"vectors of {model.width}."
            )

    @property
    def settings(self) -> dict[str, Any]:
        """How it was made, as a copy."""
        return dict(self._settings)

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
        for some in _portions(sentences):
            written = [running_text(units) for units in some]
            texts, spans = [text for text, _ in written], [own for _, own in written]
            found += self._tagged(texts, spans)
        return found

    def tag(self, texts: Iterable[str]) -> Iterator[TaggedText]:
        """Tag running texts.

        Parameters
        ----------
        texts
            Any number of texts; they are read bit by bit.

        Yields
        ------
        TaggedText
            For each its units, their tags, and the spans that these mark.

        Raises
        ------
        SettingError
            If one is no text.
        """
        cutting = Segmentation(punctuation=True)
        for some in _portions(texts, kind=str):
            spans = [
                [(n, n + 1) for n, letter in enumerate(text) if not letter.isspace()]
                if self.by_character
                else [(start, end) for _, start, end in cutting.spans(text)]
                for text in some
            ]
            for text, own, tags in zip(some, spans, self._tagged(some, spans), strict=True):
                found = [
                    (text[own[first][0] : own[last - 1][1]], own[first][0], own[last - 1][1], kind)
                    for first, last, kind in (spans_of(tags) if self.scheme.marks_spans else ())
                ]
                yield TaggedText(text, tuple(own), tuple(tags), tuple(found))

    def _tagged(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[list[str]]:
        """Tag the units at some places of texts."""
        tags = []
        for vectors, has_vector in self.model.embed_spans(texts, spans):
            scores = rows_of(self.head.scores(vectors), has_vector, len(self.tags))
            tags.append([self.tags[number] for number in self.scheme.best(scores)])
        return tags

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
        draft.write_tensors(_HEAD, {"weights": self.head.weights, "bias": self.head.bias})
        draft.write_json(_TAGS, {"tags": list(self.tags), "by_character": self.by_character})
        if self.report is not None:
            draft.write_json(_REPORT, self.report.as_dict())
        draft.lineage.update(self.lineage)
        draft.metrics.update(self.metrics)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, verify: artefact.Verify = "full"
    ) -> FittedTagger:
        """Open an artefact.

        Parameters
        ----------
        path
            The folder that `save` made.
        verify
            ``"full"`` compares the hash of every file, ``"structure"`` names and sizes only.

        Returns
        -------
        FittedTagger
            Equal to what was saved.

        Raises
        ------
        StorageError
            If the folder cannot be read.
        FormatError
            If it is no tagger, or its parts do not fit together.
        DamagedError
            If it differs from its manifest.
        MissingExtraError
            If torch or transformers is not installed.
        """
        opened = artefact.open_artefact(path, cls.kind, verify=verify)
        layer, said = opened.tensors(_HEAD, _LAYER), opened.json(_TAGS)
        with opened.part(_MODEL) as folder:
            # Its hashes are among those that were compared just now.
            model = Encoder.load(folder, verify="structure")
        manifest, has_report = opened.manifest, _REPORT in opened.manifest.files
        try:
            tags, by_character = _checked(said)
            return cls(
                model, Head(layer["weights"], layer["bias"]), tags, by_character=by_character,
                settings=manifest.settings, lineage=manifest.lineage, metrics=manifest.metrics,
                report=TagReport.from_dict(opened.json(_REPORT)) if has_report else None,
            )  # fmt: skip
        except ShapeError as error:
            raise FormatError(error.what, path=path) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise FormatError(f"its tags or its report are none: {error}.", path=path) from error


def _checked(said: Any) -> tuple[list[str], bool]:
    """Look at what a file says of tags."""
    tags, by_character = said["tags"], said["by_character"]
    if not isinstance(by_character, bool) or not isinstance(tags, list):
        raise TypeError("tags must be a list, by_character true or false")
    if not all(isinstance(tag, str) and tag for tag in tags):
        raise TypeError("a tag must be a text")
    return tags, by_character


def _portions(given: Iterable[Any], kind: Any = (list, tuple)) -> Iterator[list[Any]]:
    """Take some sentences at a time."""
    if isinstance(given, str):
        raise SettingError("sentences must be a list, got one str.", "Pass [sentence].")
    some: list[Any] = []
    for place, each in enumerate(given):
        if not isinstance(each, kind) or not all(isinstance(unit, str) for unit in each):
            what = "texts" if kind is str else "lists of words"
            raise SettingError(f"sentences must be {what}, got {each!r:.60} as number {place}.")
        some.append(each)
        if len(some) == _SENTENCES_AT_ONCE:
            yield some
            some = []
    if some:
        yield some
