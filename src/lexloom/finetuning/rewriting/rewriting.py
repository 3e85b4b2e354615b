"""Learning to write one text for another: what translating and summarizing have in common."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lexloom import __version__
from lexloom.contextual.model_folder import open_model_folder
from lexloom.errors import DamagedError
from lexloom.finetuning.rewriting.pairs import GivenPairs, Pairs, pairs_of, parted_pairs
from lexloom.finetuning.rewriting.rewriting_settings import RewritingSettings
from lexloom.progress import Listener
from lexloom.settings import as_dict, settings
from lexloom.training.folders import RUN, decided, fitted, run_digest

if TYPE_CHECKING:
    from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder
    from lexloom.finetuning.rewriting.fitted_rewriter import FittedRewriter
    from lexloom.finetuning.rewriting.pair_learning import CutPairs
    from lexloom.training.checkpoints import Checkpoints

__all__ = ["Rewriting"]

_TOKENIZER = "tokenizer"
_PAIRS_CHECKED = 4
Parts = dict[str, Pairs]


@settings
class Rewriting(RewritingSettings):
    """Learning to write one text for another: its settings and how it is gone about."""

    def fit(
        self,
        train: GivenPairs,
        dev: GivenPairs | None = None,
        *,
        test: GivenPairs | None = None,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        force: bool = False,
        on_progress: Listener | None = None,
    ) -> Any:
        """Learn from pairs of a text and what was written for it.

        Parameters
        ----------
        train
            What to learn from: pairs of texts; a csv, tsv, jsonl or parquet file; or two files of
            plain text whose lines belong together, as a tuple or as ``"a.txt,b.txt"``.
        dev
            What to look at while learning; by default a share of `train` is set aside.
        test
            What to be judged by at the end; without it the report is about `dev`, and says so.
        out
            A folder to write the result into, with its model.
        resume
            Go on with a run into `out` that was interrupted; begin when there is none.
        force
            Replace what `out` holds, and forget an unfinished run.
        on_progress
            Told how far it is.

        Returns
        -------
        Any
            What writes, with its report.

        Raises
        ------
        SettingError
            If settings and arguments do not go together.
        FormatError
            If there are no pairs, a file has no such fields, two files have not as many lines, or
            `model` is no encoder-decoder.
        StorageError
            If a file cannot be read, or `out` exists already or cannot be written.
        BusyError
            If another process trains into `out`.
        DivergedError
            If a number stops being finite; nothing is written then.
        MissingExtraError
            If torch, transformers or sacrebleu is not installed.
        """
        parts, counts = self._parts(train, dev, test)
        run = self._identity(parts)

        def learn(checkpoints: Checkpoints | None) -> FittedRewriter:
            from lexloom.training.devices import torch_threads

            with torch_threads(self.threads):
                return self._learned(parts, counts, run, checkpoints, on_progress)

        made = fitted(learn, run, out, resume=resume, force=force)
        if out is not None:
            _check_kept(made, out, parts["dev"].sources[:_PAIRS_CHECKED])
        return made

    def rehearse(
        self, train: GivenPairs, dev: GivenPairs | None = None, test: GivenPairs | None = None
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
            How many pairs each part has.

        Raises
        ------
        SettingError, FormatError, StorageError, MissingExtraError
            As of `fit`.
        """
        parts, _ = self._parts(train, dev, test)
        if self.model is not None:
            self._opened()
        return {name: len(part) for name, part in parts.items()}

    @abstractmethod
    def _quality(self, texts: Sequence[str], *, targets: Sequence[str]) -> float:
        """Give how good texts are beside those of people, the higher the better."""

    @abstractmethod
    def _report(self, part: str, counts: dict[str, int], pairs: Pairs, texts: Sequence[str]) -> Any:
        """Judge the texts that were written for some pairs."""

    @abstractmethod
    def _result(self, model: EncoderDecoder, **made: Any) -> FittedRewriter:
        """Make the result."""

    def _parts(
        self, train: GivenPairs, dev: GivenPairs | None, test: GivenPairs | None
    ) -> tuple[Parts, dict[str, int]]:
        """Take all pairs, and look at them."""
        fields = (self.source_field, self.target_field)
        others = [None if part is None else pairs_of(part, *fields) for part in (dev, test)]
        return parted_pairs(
            pairs_of(train, *fields), *others, dev_share=self.dev_share,
            most_apart=self.most_apart, seed=self.seed,
        )  # fmt: skip

    def _identity(self, parts: Parts) -> dict[str, Any]:
        """Describe the run: what must be the same for it to go on."""
        same = {name: value for name, value in as_dict(self).items() if name not in self.may_differ}
        origin = self.model and open_model_folder(self.model, verify="structure").fingerprint()
        digests = {name: part.digest() for name, part in parts.items()}
        return {
            "trainer": self.family, "lexloom": __version__, **same, "model": origin,
            "pairs": digests,
        }  # fmt: skip

    def _opened(self) -> EncoderDecoder:
        """Open the model to go on with."""
        from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder

        assert self.model is not None
        return EncoderDecoder.load(self.model)

    def _begun(self, train: Pairs, checkpoints: Checkpoints | None) -> EncoderDecoder:
        """Open the model to go on with, or make a new one."""
        from lexloom.contextual.encoder_decoders.beginning import (
            new_model,
            set_dropout,
            shared_tokenizer,
        )

        if self.model is not None:
            model = self._opened()
            if self.dropout is not None:
                set_dropout(model.module, self.dropout)
            return model
        tokenizer = shared_tokenizer(
            [*train.sources, *train.targets], pieces=self.pieces, seed=self.seed,
            place=None if checkpoints is None else checkpoints.folder / _TOKENIZER,
        )  # fmt: skip
        return new_model(
            tokenizer, self.sized, positions=2 * self.longest, dropout=self.new_dropout,
            seed=self.seed,
        )  # fmt: skip

    def _learned(
        self,
        parts: Parts,
        counts: dict[str, int],
        run: dict[str, Any],
        checkpoints: Checkpoints | None,
        listener: Listener | None,
    ) -> FittedRewriter:
        """Learn, and judge what was learned."""
        from lexloom.finetuning.rewriting.pair_learning import PairLearning, cut_pairs
        from lexloom.training.devices import device_of

        model = self._begun(parts["train"], checkpoints)
        model.module.to(device_of(self.device))
        cut = [cut_pairs(model, parts[name], self) for name in ("train", "dev")]
        judge = partial(self._quality, targets=parts["dev"].targets[: self.dev_texts])
        choices = decided(checkpoints, run, lambda: self._decide(model, cut, judge))
        told = replace(self, epochs=choices["epochs"])
        learning = PairLearning(told, model, cut, judge, choices["precision"])
        metrics = learning.run(checkpoints, listener)
        model.module.eval()
        made = self._result(
            model,
            longest=cut[0].longest,
            prefixes=(self.prefix, self.target_prefix),
            beams=self.beams,
            length_penalty=self.length_penalty,
            settings={"trainer": self.family, **as_dict(self)},
            lineage={
                RUN: run_digest(run), "model": run["model"], "pairs": run["pairs"],
                "n_pairs": {name: len(part) for name, part in parts.items()},
            },
            metrics={**metrics, **counts, **choices, "n_cut": cut[0].n_cut},
        )  # fmt: skip
        name = "test" if "test" in parts else "dev"
        made.report = self._report(name, counts, parts[name], made.write(parts[name].sources))
        made.metrics |= {"measure": made.report.measure, "figure": made.report.figure.value}
        return made

    def _decide(
        self, model: EncoderDecoder, cut: list[CutPairs], judge: Callable[[Sequence[str]], float]
    ) -> dict[str, Any]:
        """Say what the run will be, as far as settings leave it to the machine."""
        from lexloom.finetuning.rewriting.pair_learning import PairLearning
        from lexloom.training.devices import faster_precision

        precision = self.precision
        if precision == "auto":
            precision = faster_precision(model.module.device)
        epochs = self.epochs
        if self.minutes is not None:
            tried = type(model)(deepcopy(model.module), model.tokenizer)
            seconds = PairLearning(self, tried, cut, judge, precision).epoch_seconds()
            epochs = min(epochs, max(1, int(60 * self.minutes / seconds)))
        return {"epochs": epochs, "precision": precision}


def _check_kept(made: FittedRewriter, out: str | os.PathLike[str], texts: Sequence[str]) -> None:
    """Make sure that what was kept writes as what was made."""
    if type(made).load(out, verify="structure").write(texts) != made.write(texts):
        raise DamagedError(
            "was kept, but writes otherwise than what was learned.",
            "This is a defect of lexloom.",
            path=out,
        )
