"""Encoders that tell better which texts belong together: similar ones, answers, translations."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from lexloom import __version__
from lexloom.errors import DamagedError, SettingError
from lexloom.evaluation.labelled import LABEL, TEXT
from lexloom.finetuning.embedding import embed_parts
from lexloom.finetuning.learning_settings import LearningSettings
from lexloom.finetuning.matching.judging import Judge, judge_of, most_alike
from lexloom.finetuning.matching.match_parts import MatchParts, match_parts
from lexloom.finetuning.matching.text_pairs import DataName, Pairs, pairs_of
from lexloom.opening import identity_of
from lexloom.progress import Listener
from lexloom.settings import as_dict, settings
from lexloom.training.folders import RUN, decided, fitted, run_digest

if TYPE_CHECKING:
    from lexloom.contextual.encoder import Encoder
    from lexloom.training.checkpoints import Checkpoints

__all__ = ["Matcher"]

_TEXTS_CHECKED, _MOST_APART = 8, 1e-2


@settings
class Matcher(LearningSettings):
    """Teach an encoder which texts belong together; what comes of it is an encoder.

    ``auto`` is ``full`` here; ``lora`` is the other method that there is.

    Attributes
    ----------
    data
        What there is to learn from. ``scores``: pairs with a number, how alike they are.
        ``labels``: pairs with a label, as *entailment* or *yes*. ``pairs``: texts that belong
        together; each learns to find its other text among those of its batch. ``texts``: each by
        itself learns to find itself among those of its batch, while different numbers are left out
        (Gao et al. 2021, *SimCSE*). ``auto`` tells it by the fields found.
    widths
        Teach the first numbers of the vectors to be vectors themselves: so many of them, and so
        many (Kusupati et al. 2022, *Matryoshka*). The encoder gives the most.
    temperature
        What cosines are divided by, before the nearest of a batch is chosen: the lower, the more
        the nearest wrong ones count.
    score_range
        The lowest and the highest possible score; by default those of the pairs to learn from.
        They become the cosines 0 and 1; or -1 and 1 where the lowest is below 0.
    alike
        The label of pairs that belong together; by default that of the pairs which the untouched
        encoder finds most alike.
    text_field
        The field of the texts in a file, by name or number from 1.
    other_field
        The field of the texts that belong to them.
    score_field
        The field of the numbers.
    label_field
        The field of the labels.
    """

    family: ClassVar[str] = "matcher"
    methods: ClassVar[tuple[str, ...]] = ("auto", "full", "lora")

    data: DataName = "auto"
    widths: tuple[Annotated[int, Field(ge=1, le=1 << 16)], ...] = ()
    temperature: Annotated[float, Field(gt=0, le=1)] = 0.05
    score_range: tuple[float, float] | None = None
    alike: str | None = None
    text_field: str = TEXT
    other_field: str = "other"
    score_field: str = "score"
    label_field: str = LABEL
    batch: Annotated[int, Field(ge=2, le=1 << 16)] = 64
    batch_pieces: Annotated[int, Field(ge=1, le=1 << 20)] = 8192

    def fit(
        self,
        train: Pairs,
        dev: Pairs | None = None,
        *,
        test: Pairs | None = None,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        force: bool = False,
        on_progress: Listener | None = None,
    ) -> Encoder:
        """Learn from texts that belong together, or from texts alone.

        Parameters
        ----------
        train
            What to learn from: a csv, tsv, jsonl or parquet file, or one with a text on each line;
            or texts, pairs of texts, or pairs with a number or label behind them.
        dev
            What to look at while learning; by default a share of `train` is set aside. Where
            `train` is texts alone it may be of another kind.
        test
            What to be judged by at the end; without it the report is about `dev`, and says so.
        out
            A folder to write the encoder into.
        resume
            Go on with a run into `out` that was interrupted; begin when there is none.
        force
            Replace what `out` holds, and forget an unfinished run.
        on_progress
            Told how far it is.

        Returns
        -------
        Encoder
            The encoder, with figures in `metrics`; `match_report.report_of` gives the report.

        Raises
        ------
        SettingError
            If settings and arguments do not go together, or the model is no encoder.
        FormatError
            If there is too little to learn from, all of it is the same, or a file has no such
            fields.
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
        model = self._encoder(parts)
        run = self._identity(parts, model)

        def learn(checkpoints: Checkpoints | None) -> Encoder:
            return self._learned(parts, model, run, checkpoints, on_progress)

        encoder = fitted(learn, run, out, resume=resume, force=force)
        if out is not None:
            _check_kept(encoder, out, parts.dev.texts[:_TEXTS_CHECKED])
        return encoder

    def rehearse(
        self, train: Pairs, dev: Pairs | None = None, test: Pairs | None = None
    ) -> MatchParts:
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
        MatchParts
            All pairs.

        Raises
        ------
        SettingError, FormatError, StorageError, MissingExtraError
            As of `fit`.
        """
        parts = self._parts(train, dev, test)
        self._encoder(parts)
        return parts

    def range_of(self, scores: Sequence[float]) -> tuple[float, float]:
        """Give the lowest and the highest score there may be.

        Parameters
        ----------
        scores
            Those to learn from.

        Returns
        -------
        tuple
            Two numbers.

        Raises
        ------
        SettingError
            If a score is outside the range that was told.
        """
        found = min(scores), max(scores)
        low, high = self.score_range or found
        if not low <= found[0] <= found[1] <= high or low == high:
            raise SettingError(
                f"score_range must hold all scores of train, which go from {found[0]:g} to "
                f"{found[1]:g}, got {low:g} to {high:g}."
            )
        return low, high

    def _parts(self, train: Pairs, dev: Pairs | None, test: Pairs | None) -> MatchParts:
        """Take all pairs, and look at them."""
        names = ("text", "other", "score", "label")
        fields = {name: getattr(self, f"{name}_field") for name in names}
        given = {"train": pairs_of(train, self.data, fields)}
        # What is learned from texts alone may be looked at by pairs of which more is known.
        data = "auto" if self.data == "texts" else self.data
        for name, part in (("dev", dev), ("test", test)):
            if part is not None:
                given[name] = pairs_of(part, data, fields)
        parts = match_parts(given, batch=self.batch, dev_share=self.dev_share, seed=self.seed)
        self._check(parts)
        return parts

    def _check(self, parts: MatchParts) -> None:
        """Refuse settings that do not go with the pairs."""
        if parts.train.kind == "scores":
            self.range_of(parts.train.values)
        elif self.score_range is not None:
            raise SettingError(f"score_range is for scores, train has {parts.train.kind}.")
        if parts.train.kind == "texts" and self.dropout == 0:
            raise SettingError(
                "dropout must be above 0 to learn from texts alone: without it both times a text "
                "is read are the same."
            )
        if self.alike is not None and self.alike not in parts.labels:
            known = ", ".join(map(repr, parts.labels)) or "none"
            raise SettingError(f"alike must be one of the labels, {known}, got {self.alike!r}.")

    def _encoder(self, parts: MatchParts) -> Encoder:
        """Open the encoder."""
        from lexloom.contextual.encoder import Encoder

        model = self.opened()
        if not isinstance(model, Encoder):
            raise SettingError(f"a matcher teaches an encoder, this is a {model.kind}.")
        width = model.exact_network("a compiled encoder does not learn.").width
        if max(self.widths, default=1) > width:
            raise SettingError(
                f"widths must be at most {width:,}, that of the encoder, got {max(self.widths):,}."
            )
        return model

    def _identity(self, parts: MatchParts, model: Encoder) -> dict[str, Any]:
        """Describe the run: what must be the same for it to go on."""
        same = {name: value for name, value in self._plain().items() if name not in self.may_differ}
        return {
            "trainer": self.family, "lexloom": __version__, **same,
            "model": identity_of(model), "pairs": parts.digest(),
        }  # fmt: skip

    def _plain(self) -> dict[str, Any]:
        """Give the settings as they come back from JSON."""
        named = as_dict(self).items()
        return {name: list(own) if isinstance(own, tuple) else own for name, own in named}

    def _learned(
        self,
        parts: MatchParts,
        model: Encoder,
        run: dict[str, Any],
        checkpoints: Checkpoints | None,
        listener: Listener | None,
    ) -> Encoder:
        """Learn, and judge what was learned."""
        from lexloom.finetuning.adapters import learning_body
        from lexloom.finetuning.matching.match_learning import MatchLearning
        from lexloom.finetuning.matching.match_report import report_on_matches
        from lexloom.finetuning.matching.word_overlap import word_overlap
        from lexloom.training.devices import torch_threads

        with torch_threads(self.threads):
            choices = decided(checkpoints, run, lambda: self._choices(parts, model))
            name, judged = parts.judged
            dev = judge_of(parts.dev, choices["alike"])
            judge = dev if name == "dev" else judge_of(judged, choices["alike"])
            judges = {"judged": judge, "dev": dev}
            before = _vectors(judges, model, listener)
            network = model.exact_network("a compiled encoder does not learn.")
            with learning_body(network, self) as body:
                learning = MatchLearning(
                    self, model, body, parts, dev, choices["alike"], choices["precision"]
                )
                metrics = learning.run(checkpoints, listener)
            made = model.tuned(self._reading(model), **self._lineage(parts, run))
            after = _vectors(judges, made, listener)
        tf_idf = _vectors(judges, word_overlap(parts.train), None)
        report = report_on_matches(
            judges, after, before, tf_idf,
            part=name, n_shared=parts.n_shared[name], widths=self.widths,
        )  # fmt: skip
        told = {"data": parts.train.kind, "n_cut": learning.n_cut, **choices}
        if not parts.labels:
            del told["alike"]
        if parts.train.kind == "scores":
            told["score_range"] = list(self.range_of(parts.train.values))
        told |= {"measure": report.measure, "figure": report.figure.value}
        made.metrics = {**told, **metrics, "report": report.as_dict()}
        return made

    def _choices(self, parts: MatchParts, model: Encoder) -> dict[str, Any]:
        """Choose what hangs on the machine, and which label means that texts belong together."""
        from lexloom.training.devices import device_of, faster_precision

        precision, alike = self.precision, self.alike
        if precision == "auto":
            precision = faster_precision(device_of(self.device))
        if alike is None and parts.labels:
            labelled = parts.train if parts.train.kind == "labels" else parts.dev
            alike = most_alike(labelled, model.embed_texts)
        return {"precision": precision, "alike": alike or ""}

    def _reading(self, model: Encoder) -> Any:
        """Give how the encoder is read from now on."""
        width = max(self.widths, default=None)
        return replace(model.reading, layers="last", width=width, normalize=True)

    def _lineage(self, parts: MatchParts, run: dict[str, Any]) -> dict[str, Any]:
        """Say what the encoder was made from, and how."""
        return {
            RUN: run_digest(run),
            "model": run["model"],
            "pairs": run["pairs"],
            "n_pairs": {name: len(part) for name, part in parts.named.items()},
            "learned": {"trainer": self.family, **self._plain()},
        }


def _vectors(judges: dict[str, Judge], model: Any, listener: Listener | None) -> dict[str, Any]:
    """Embed what judges look at: the texts to be judged by, and of `dev` where it draws a line."""
    judged, dev = judges["judged"], judges["dev"]
    asked = {"judged": judged.texts}
    if judged.needs_line and dev is not judged:
        asked["dev"] = dev.texts
    found = embed_parts(model, asked, listener)
    return found if dev is not judged else {**found, "dev": found["judged"]}


def _check_kept(made: Encoder, out: str | os.PathLike[str], texts: Sequence[str]) -> None:
    """Make sure that what was kept gives the vectors of what was made."""
    kept = type(made).load(
        out, verify="structure", device=made.reading.device, precision=made.reading.precision
    )
    apart = float(np.abs(kept.embed_texts(texts) - made.embed_texts(texts)).max())
    if apart > _MOST_APART:
        raise DamagedError(
            f"was kept, but gives vectors {apart:.3g} apart from those of what was learned.",
            "This is a defect of lexloom.",
            path=out,
        )
