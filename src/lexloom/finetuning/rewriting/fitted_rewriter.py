"""What learning to write one text for another makes: a model that writes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any, Literal, Self

import numpy as np

from lexloom import artefact
from lexloom.arrays import Offsets
from lexloom.catalog import in_words
from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder
from lexloom.contextual.encoder_decoders.writing import written
from lexloom.errors import FormatError, SettingError
from lexloom.finetuning.fitted import Fitted, portions
from lexloom.finetuning.rewriting.judging import judged_summaries, judged_translations
from lexloom.finetuning.rewriting.pair_learning import room_of
from lexloom.finetuning.rewriting.pairs import GivenPairs, Pairs, pairs_of, whole_pairs
from lexloom.finetuning.rewriting.rewriting_report import RewritingReport
from lexloom.finetuning.tagging.tagged_sentences import running_text
from lexloom.text.sentence_spans import sentence_spans

__all__ = ["FittedAbstractiveSummarizer", "FittedRewriter", "FittedTranslator"]

_WRITING = "writing.json"
_MOST_BEAMS = 100


class FittedRewriter(Fitted):
    """Writes one text for another. Nothing of it changes after it is made.

    Parameters
    ----------
    model
        Reads and writes.
    longest
        The most pieces of a text that it reads at once, and that it writes; fewer where the model
        has no room for them beside its prefixes.
    prefixes
        What stands before each text that it reads, and what each that it writes begins with.
    beams
        How many beginnings of a text are gone on with at a time, 1 to 100.
    length_penalty
        The higher, the longer what it writes.
    **kept
        As of `Fitted`.

    Raises
    ------
    SettingError
        If a prefix leaves no room for a text, or `beams` is out of its range.
    """

    reading = {"source_field": "source", "target_field": "target", "encoding": "utf-8"}  # noqa: RUF012  # never written to

    def __init__(
        self,
        model: EncoderDecoder,
        *,
        longest: Sequence[int],
        prefixes: Sequence[str] = ("", ""),
        beams: int = 5,
        length_penalty: float = 1.0,
        **kept: Any,
    ) -> None:
        super().__init__(model, **kept)
        self.prefixes = (str(prefixes[0]), str(prefixes[1]))
        self.longest = room_of(model, longest, self.prefixes)
        self.beams, self.length_penalty = _checked(beams), float(length_penalty)
        self._written: Callable[..., list[Offsets]] = partial(written, model)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r})"

    def write(self, texts: Iterable[str], *, beams: int | None = None) -> list[str]:
        """Write a text for each of some.

        Parameters
        ----------
        texts
            N texts; nothing is written for one that is empty.
        beams
            How many beginnings are gone on with at a time, 1 to 100; by default as it was made.

        Returns
        -------
        list of str
            N texts; a translator writes as many lines as each has.

        Raises
        ------
        SettingError
            If one is no text, or `beams` is out of its range.
        """
        n_beams = self.beams if beams is None else _checked(beams)
        found: list[str] = []
        for some in portions(texts, str, "texts"):
            cut = [self._stretches(text) for text in some]
            sources = [source for lines in cut for line in lines for source in line]
            ids = self._written(
                sources, most=self.longest[1], start=self.model.begun_ids(self.prefixes[1]),
                beams=n_beams, length_penalty=self.length_penalty,
            )  # fmt: skip
            given = map(self.model.text_of, ids)
            found += [
                "\n".join(running_text([next(given) for _ in line])[0] for line in lines)
                for lines in cut
            ]
        return found

    def evaluate(self, examples: GivenPairs, **reading: Any) -> RewritingReport:
        """Judge what it writes by what people wrote.

        Parameters
        ----------
        examples
            Pairs that it has not learned from, in any form in which it was given those that it has.
        **reading
            `source_field`, `target_field` and `encoding`; by default those it was taught with.

        Returns
        -------
        RewritingReport
            Its figures, beside those of what is had for nothing.

        Raises
        ------
        SettingError
            If they are no pairs of texts, or there is no such setting.
        FormatError
            If a file has no such fields, or there is no pair with two sides.
        StorageError
            If a file cannot be read.
        """
        given = pairs_of(examples, **self._reading(reading))
        pairs = whole_pairs("those given", given, {})
        if not len(pairs):
            raise FormatError("there is no pair to judge by.")
        return self.judged(pairs)

    @abstractmethod
    def judged(self, pairs: Pairs) -> RewritingReport:
        """Judge what it writes by pairs that were looked at."""

    def compile(self, way: Literal["ctranslate2-int8"]) -> Self:
        """Give the same, as what writes faster on a processor.

        Parameters
        ----------
        way
            How: ``"ctranslate2-int8"`` lets CTranslate2 write, with matrices in 8 bits a number,
            where it knows such a model: ours from nothing, T5, BART, M2M100 and others.

        Returns
        -------
        Self
            It writes nearly the same, and is saved as the one it was compiled from.

        Raises
        ------
        SettingError
            If there is no such way, or CTranslate2 knows no such model.
        MissingExtraError
            If ctranslate2 is not installed: ``pip install 'lexloom[speed]'``.
        """
        if way != "ctranslate2-int8":
            raise SettingError(f"way must be 'ctranslate2-int8', got {way!r}.")
        from lexloom.contextual.encoder_decoders.compiling import CompiledWriting

        made = copy(self)
        made._written = CompiledWriting(self.model)
        return made

    def _stretches(self, text: str) -> list[list[Offsets]]:
        """Cut each line of a text into stretches of pieces that can be read at once."""
        return [self._within(line) if line.strip() else [] for line in text.splitlines() or [""]]

    def _within(self, line: str) -> list[Offsets]:
        """Cut a line where it is too long: at its sentences, and within what is too long still."""
        whole = self.model.source_ids([line], self.prefixes[0])[0]
        if len(whole) <= self.longest[0]:
            return [whole]
        sentences = [line[start:end] for start, end in sentence_spans(line)]
        found = []
        for ids in self.model.source_ids(sentences, self.prefixes[0]):
            found += self._pieces_within(ids)
        return found

    def _pieces_within(self, ids: Offsets) -> list[Offsets]:
        """Cut pieces into runs that can be read at once, each in the frame of the whole."""
        n_before, most = len(self.model.prefix_ids(self.prefixes[0])), self.longest[0]
        before, inner, behind = ids[:n_before], ids[n_before:-1], ids[-1:]
        room = max(most - n_before - 1, 1)
        runs = [inner[place : place + room] for place in range(0, len(inner), room)]
        return [np.concatenate([before, run, behind]) for run in runs]

    def _write_own(self, draft: artefact.Draft) -> None:
        """Write how it writes."""
        draft.write_json(_WRITING, {
            "longest": list(self.longest), "prefixes": list(self.prefixes), "beams": self.beams,
            "length_penalty": self.length_penalty,
        })  # fmt: skip

    @classmethod
    def _read_own(cls, opened: artefact.Artefact, model: Any, kept: Mapping[str, Any]) -> Self:
        """Say how the model writes."""
        if not isinstance(model, EncoderDecoder):
            found = in_words(model.kind)
            raise FormatError(f"writing needs an encoder-decoder, this holds {found}.")
        said = dict(opened.json(_WRITING))
        if min(said["longest"]) < 1:
            raise ValueError("lengths must be at least 1")
        return cls(model, **said, **kept)

    @staticmethod
    def _read_report(values: Mapping[str, Any]) -> RewritingReport:
        """Take back the report."""
        return RewritingReport.from_dict(values)


def _checked(beams: Any) -> int:
    """Give a number of beams, unless there can be none such."""
    is_whole = isinstance(beams, int | np.integer) and not isinstance(beams, bool)
    if not is_whole or not 1 <= beams <= _MOST_BEAMS:
        raise SettingError(
            f"beams must be a whole number from 1 to {_MOST_BEAMS}, got {beams!r:.60}."
        )
    return int(beams)


class FittedTranslator(FittedRewriter):
    """Translates."""

    kind = "translator"

    def judged(self, pairs: Pairs) -> RewritingReport:
        """Judge its translations."""
        return judged_translations(pairs, self.write(pairs.sources))

    def translate(self, texts: Iterable[str], *, beams: int | None = None) -> list[str]:
        """Translate texts: line by line, and what is too long for the model by sentences.

        Parameters
        ----------
        texts
            N texts; an empty one stays empty.
        beams
            How many beginnings are gone on with at a time, 1 to 100; by default as it was made.

        Returns
        -------
        list of str
            N texts, with as many lines as those given.

        Raises
        ------
        SettingError
            If one is no text, or `beams` is out of its range.
        """
        return self.write(texts, beams=beams)


class FittedAbstractiveSummarizer(FittedRewriter):
    """Sums up texts in words of its own."""

    kind = "abstractive_summarizer"

    def judged(self, pairs: Pairs) -> RewritingReport:
        """Judge its summaries."""
        return judged_summaries(pairs, self.write(pairs.sources))

    def summarize(self, texts: Iterable[str], *, beams: int | None = None) -> list[str]:
        """Sum up texts, each as far as the model learned to read.

        Parameters
        ----------
        texts
            N texts; an empty one stays empty.
        beams
            How many beginnings are gone on with at a time, 1 to 100; by default as it was made.

        Returns
        -------
        list of str
            N summaries.

        Raises
        ------
        SettingError
            If one is no text, or `beams` is out of its range.
        """
        return self.write(texts, beams=beams)

    def _stretches(self, text: str) -> list[list[Offsets]]:
        """Take the beginning of a text, all its lines together."""
        begun = self.model.source_ids([text], self.prefixes[0], self.longest[0])
        return [begun if text.strip() else []]
