"""Taggers: one tag a word or character, learned on top of an encoder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from lexloom import __version__
from lexloom.errors import DamagedError, FormatError, SettingError
from lexloom.finetuning.learning_settings import LearningSettings
from lexloom.finetuning.tagging.tag_report import report_on_tags
from lexloom.finetuning.tagging.tag_scheme import TagScheme
from lexloom.finetuning.tagging.tagged_sentences import (
    Tagged,
    TaggedSentence,
    digest_of,
    sentences_of,
)
from lexloom.opening import identity_of
from lexloom.progress import Listener
from lexloom.settings import as_dict, settings
from lexloom.training.folders import RUN, decided, fitted, run_digest

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.finetuning.tagging.fitted_tagger import FittedTagger
    from lexloom.training.checkpoints import Checkpoints

__all__ = ["Tagger"]

_SHOWN = 5
_SHORT_UNITS = 0.9
_SENTENCES_CHECKED = 8
Sentences = Sequence[TaggedSentence]


@settings
class Tagger(LearningSettings):
    """Learn to give each word or character of a sentence a tag: names, parts of speech, chunks.

    ``auto`` is ``full`` here; there is no ``linear`` and no ``few-shot``.

    Attributes
    ----------
    unit_column
        The column of the units in a file, from 1; from -1 counted from the end.
    tag_column
        The column of the tags.
    """

    family: ClassVar[str] = "tagger"
    methods: ClassVar[tuple[str, ...]] = ("auto", "head", "full", "lora")

    unit_column: Annotated[int, Field(ge=-100, le=100)] = 1
    tag_column: Annotated[int, Field(ge=-100, le=100)] = -1

    def fit(
        self,
        train: Tagged,
        dev: Tagged | None = None,
        *,
        test: Tagged | None = None,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        force: bool = False,
        on_progress: Listener | None = None,
    ) -> FittedTagger:
        """Learn from sentences whose units have tags.

        Parameters
        ----------
        train
            What to learn from: a file with a unit and its tag on each line and an empty line
            behind each sentence; or pairs of units and tags.
        dev
            What to look at while learning; by default a share of `train` is set aside.
        test
            What to be judged by at the end; without it the report is about `dev`, and says so.
        out
            A folder to write the tagger into, with its encoder.
        resume
            Go on with a run into `out` that was interrupted; begin when there is none.
        force
            Replace what `out` holds, and forget an unfinished run.
        on_progress
            Told how far it is.

        Returns
        -------
        FittedTagger
            What gives tags, with its report.

        Raises
        ------
        SettingError
            If settings and arguments do not go together, or the model is no encoder.
        FormatError
            If there is a single tag, or one of `dev` or `test` that `train` has not, or a file has
            no such columns.
        StorageError
            If a file cannot be read, or `out` exists already or cannot be written.
        BusyError
            If another process trains into `out`.
        DivergedError
            If a number stops being finite; nothing is written then.
        MissingExtraError
            If torch, transformers or, for ``lora``, peft is not installed.
        """
        parts = self._parts(train, dev, test)
        model = self._encoder()
        run = self._identity(parts, model)

        def learn(checkpoints: Checkpoints | None) -> FittedTagger:
            return self._learned(parts, model, run, checkpoints, on_progress)

        tagger = fitted(learn, run, out, resume=resume, force=force)
        if out is not None:
            _check_kept(tagger, out, [each.units for each in parts["dev"][:_SENTENCES_CHECKED]])
        return tagger

    def rehearse(
        self, train: Tagged, dev: Tagged | None = None, test: Tagged | None = None
    ) -> dict[str, int]:
        """Look at everything that `fit` would.

        Parameters
        ----------
        train
            What to learn from.
        dev
            What to look at while learning.
        test
            What to be judged by at the end.

        Returns
        -------
        dict of str to int
            How many sentences each part has.

        Raises
        ------
        SettingError, FormatError, StorageError, MissingExtraError
            As of `fit`.
        """
        parts = self._parts(train, dev, test)
        self._encoder()
        return {name: len(part) for name, part in parts.items()}

    def _encoder(self) -> Encoder:
        """Open the encoder."""
        from lexloom.contextual.encoder import Encoder

        model = self.opened()
        if not isinstance(model, Encoder):
            raise SettingError(f"a tagger is learned on an encoder, this is a {model.kind}.")
        return model

    def _parts(
        self, train: Tagged, dev: Tagged | None, test: Tagged | None
    ) -> dict[str, Sentences]:
        """Take all sentences, and look at their tags."""
        given = {"train": train, "dev": dev, "test": test}
        parts: dict[str, Sentences] = {
            name: sentences_of(part, self.unit_column, self.tag_column)
            for name, part in given.items()
            if part is not None
        }
        counts = Counter(tag for each in parts["train"] for tag in each.tags)
        if len(counts) < 2:
            raise FormatError(f"a tagger needs at least two tags to learn, got {len(counts)}.")
        for name, part in parts.items():
            strange = Counter(tag for each in part for tag in each.tags if tag not in counts)
            if strange:
                told = ", ".join(f"{tag!r} ({n:,})" for tag, n in strange.most_common(_SHOWN))
                known = ", ".join(f"{tag!r} ({n:,})" for tag, n in counts.most_common(_SHOWN))
                raise FormatError(f"{name} has tags that train has not: {told}; it has {known}.")
            if not part:
                raise FormatError(f"{name} has no sentences.")
        if dev is None:
            parts["train"], parts["dev"] = self._aside(parts["train"])
        return parts

    def _aside(self, sentences: Sentences) -> tuple[Sentences, Sentences]:
        """Set a share of the sentences aside, those that come again on one side."""
        draw = np.random.Generator(np.random.Philox(key=[self.seed, len(sentences)]))
        kinds = sorted({each.units for each in sentences})
        n_aside = max(1, round(self.dev_share * len(kinds)))
        aside = {kinds[place] for place in draw.permutation(len(kinds))[:n_aside]}
        learned = [each for each in sentences if each.units not in aside]
        tags = {tag for each in learned for tag in each.tags}
        if lost := sorted({tag for each in sentences for tag in each.tags} - tags):
            raise FormatError(
                f"no sentence is left to learn {lost[0]!r} from.", "Give more, or dev."
            )
        return learned, [each for each in sentences if each.units in aside]

    def _identity(self, parts: dict[str, Sentences], model: Encoder) -> dict[str, Any]:
        """Describe the run: what must be the same for it to go on."""
        same = {name: value for name, value in as_dict(self).items() if name not in self.may_differ}
        digests = {name: digest_of(part) for name, part in parts.items()}
        return {
            "trainer": self.family, "lexloom": __version__, **same,
            "model": identity_of(model), "sentences": digests,
        }  # fmt: skip

    def _learned(
        self,
        parts: dict[str, Sentences],
        model: Encoder,
        run: dict[str, Any],
        checkpoints: Checkpoints | None,
        listener: Listener | None,
    ) -> FittedTagger:
        """Learn, and judge what was learned."""
        from lexloom.finetuning.adapters import learning_body
        from lexloom.finetuning.tagging.fitted_tagger import FittedTagger
        from lexloom.finetuning.tagging.tag_learning import TagLearning
        from lexloom.training.devices import device_of, faster_precision, torch_threads

        tags = sorted({tag for each in parts["train"] for tag in each.tags})
        scheme = TagScheme(tags)
        with torch_threads(self.threads):
            device = device_of(self.device)
            choices = decided(checkpoints, run, lambda: {"precision": faster_precision(device)})
            precision = choices["precision"] if self.precision == "auto" else self.precision
            network = model.exact_network("a compiled encoder does not learn.")
            with learning_body(network, self) as body:
                learning = TagLearning(
                    self, model, body, (parts["train"], parts["dev"]), scheme, precision
                )
                metrics = learning.run(checkpoints, listener)
        reading = replace(model.reading, layers="last", pieces="mean", width=None)
        tuned = model.tuned(reading)
        name = "test" if "test" in parts else "dev"
        units = {unit for each in parts["train"] for unit in each.units}
        made = FittedTagger(
            tuned, learning.network.head(), tags,
            by_character=sum(len(unit) == 1 for unit in units) > _SHORT_UNITS * len(units),
            settings={"trainer": self.family, **as_dict(self)},
            lineage={
                RUN: run_digest(run), "model": run["model"], "sentences": run["sentences"],
                "n_sentences": {name: len(part) for name, part in parts.items()},
            },
            metrics={**metrics, "n_cut": learning.n_cut, "precision": precision},
        )  # fmt: skip
        given = made.predict([each.units for each in parts[name]])
        made.report = report_on_tags(
            name, parts["train"], parts[name], given, marks_spans=scheme.marks_spans
        )
        made.metrics |= {"measure": made.report.measure, "figure": made.report.figure.value}
        return made


def _check_kept(
    made: FittedTagger, out: str | os.PathLike[str], sentences: Sequence[Sequence[str]]
) -> None:
    """Make sure that what was kept tags as what was made."""
    if type(made).load(out, verify="structure").predict(sentences) != made.predict(sentences):
        raise DamagedError(
            "was kept, but tags otherwise than what was learned.",
            "This is a defect of lexloom.",
            path=out,
        )
