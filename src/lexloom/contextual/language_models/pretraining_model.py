"""A transformer in pretraining: what the loop of reports asks for."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lexloom import catalog
from lexloom.arrays import Offsets
from lexloom.contextual.language_models.architectures import head_names
from lexloom.contextual.language_models.beginning import Beginning
from lexloom.contextual.language_models.foretelling import (
    Surprise,
    causal_loss,
    causal_surprise,
    masked_loss,
    masked_surprise,
)
from lexloom.contextual.language_models.masked_model import masking_of
from lexloom.contextual.language_models.packing import Rows
from lexloom.contextual.language_models.streams import streams_of
from lexloom.contextual.language_models.transformer_model import TransformerModel
from lexloom.training.devices import device_of, faster_precision
from lexloom.training.gradient_descent import Descent, GradientDescent
from lexloom.training.history import Tally

if TYPE_CHECKING:
    from lexloom.contextual.pretraining import Pretraining
    from lexloom.text.corpus import Corpus

__all__ = ["PretrainingModel"]

_ORDER, _SAMPLE = 3, 6
_MEASURED_STEPS = 3
_LARGEST_GRADIENT = 1.0
_RATE_OF_GOING_ON = 2e-4
_LATE_RATE = 0.2
_SAMPLES = "samples"


class PretrainingModel:
    """A model that learns, a step at a time: each step is a stretch, each report an epoch."""

    unit = "pieces"

    def __init__(self, settings: Pretraining, corpus: Corpus, begun: Beginning) -> None:
        self._settings = settings
        self._begun = begun
        self._module = begun.module
        self._device = device_of(settings.device)
        self._module.to(self._device)
        if settings.recompute:
            self._recompute(True)
        self.is_masked = settings.kind == "masked_model"
        tokenizer = begun.tokenizer
        self._first = tokenizer.id_of("cls_token", "bos_token") if self.is_masked else None
        learned, self._held_out = streams_of(
            corpus, tokenizer, settings.kind, settings.held_out, settings.seed
        )
        kinds = {"first": self._first, "overlap": int(not self.is_masked)}
        self._short = Rows(learned, settings.sequence, **kinds)
        self._long = Rows(learned, settings.longest, **kinds) if settings.long_share else None
        if self.is_masked:
            self._masking = masking_of(
                tokenizer,
                self._module.config.vocab_size,
                share=settings.masked,  # type: ignore[attr-defined]  # masked pretraining has it
                seed=settings.seed,
                whole_words=settings.whole_words,  # type: ignore[attr-defined]  # the same
            )
        self._order: tuple[tuple[int, int], Offsets] = ((-1, -1), np.zeros(0, np.int64))
        self._samples: list[dict[str, Any]] = []
        self.surprise: Surprise | None = None

    def decide(self) -> dict[str, Any]:
        """Say what the run will be, as far as settings leave it to the machine or the corpus."""
        settings = self._settings
        precision = settings.precision
        if precision == "auto":
            precision = faster_precision(self._device)
        if settings.steps is not None:
            wanted: float = settings.steps
        elif settings.minutes is not None:
            wanted = 60 * settings.minutes / self._step_seconds(precision)
        else:
            wanted = settings.epochs * self._short.n_rows / self._rows_of_step(self._short)
        steps = max(1, -(-int(np.ceil(wanted)) // settings.n_reports)) * settings.n_reports
        return {"steps": steps, "precision": precision}

    def _step_seconds(self, precision: Any) -> float:
        """Measure how long a step takes, and leave the model as it was."""
        before = {name: p.detach().clone() for name, p in self._module.named_parameters()}
        self.settle({"steps": self._settings.n_reports, "precision": precision}, head_share=0.0)
        self._learn(0)
        began = time.perf_counter()
        for number in range(_MEASURED_STEPS):
            self._learn(number)
        seconds = (time.perf_counter() - began) / _MEASURED_STEPS
        with torch.no_grad():
            for name, p in self._module.named_parameters():
                p.copy_(before[name])
        return seconds

    def settle(self, decided: dict[str, Any], head_share: float | None = None) -> None:
        """Take on what was decided: the steps, and what they are computed in.

        Parameters
        ----------
        decided
            What `decide` gave.
        head_share
            The share of the steps in which a new head learns alone; by default as set.
        """
        settings = self._settings
        self.n_steps = int(decided["steps"])
        self.n_stretches = self.n_steps // settings.n_reports
        self._n_short = self.n_steps
        if self._long is not None:
            self._n_short -= round(settings.long_share * self.n_steps)
        self.step_tokens = self._rows_of_step(self._short) * settings.sequence
        self.stretch_units = self.step_tokens
        self.n_units = self.n_stretches * self.stretch_units
        late: frozenset[str] = frozenset()
        if head_share is None:
            head_share = float(getattr(settings, "head_share", 0.0))
        if self._begun.has_new_head and head_share:
            named = {name for name, _ in self._module.named_parameters()}
            late = frozenset(named - head_names(self._module))
        self._descent = GradientDescent(
            self._module,
            Descent(
                learning_rate=self._learning_rate(bool(late)),
                n_steps=self.n_steps,
                warmup_steps=round(settings.warmup * self.n_steps),
                decay=settings.decay,
                weight_decay=settings.weight_decay,
                largest_gradient=_LARGEST_GRADIENT,
                seed=settings.seed,
                precision=decided["precision"],
                late=late,
                late_from=round(head_share * self.n_steps) if late else 0,
                shares=dict.fromkeys(late, _LATE_RATE),
            ),
        )

    def _learning_rate(self, late: bool) -> float:
        """Give the highest learning rate; a new head learns faster than what has learned before."""
        settings = self._settings
        is_careful = self._begun.goes_on and not late and settings.learning_rate is None
        return _RATE_OF_GOING_ON if is_careful else settings.sized.learning_rate

    def _recompute(self, wanted: bool) -> None:
        """Keep less of each layer, or all of it; transformers has two names for it."""
        turn = "enable" if wanted else "disable"
        old = f"gradient_checkpointing_{turn}"
        getattr(self._module, f"activation_checkpointing_{turn}", getattr(self._module, old))()

    def _rows_of_step(self, rows: Rows) -> int:
        """Give the sequences of a step."""
        return max(1, self._settings.sized.batch_tokens // rows.length)

    def train(self, epoch: int, stretch: int) -> Tally:
        """Learn from one step's sequences."""
        return self._learn(epoch * self.n_stretches + stretch)

    def _learn(self, step: int) -> Tally:
        """Take one step of the whole run."""
        self._module.train()
        if step < self._n_short or self._long is None:
            phase, rows, number = 0, self._short, step
        else:
            phase, rows, number = 1, self._long, step - self._n_short
        n_rows = self._rows_of_step(rows)
        taken, n_foretold = [], 0
        for number_of_pass, chosen in self._rows_at(phase, rows, number * n_rows, n_rows):
            ids, begins = rows.take(chosen)
            if self.is_masked:
                inputs, hidden = self._masking.choose(ids, begins, number_of_pass, chosen)
                n_foretold += int(hidden.sum())
                taken.append((inputs, ids, hidden))
            else:
                n_foretold += ids[:, 1:].size
                taken.append((ids,))
        batch = [np.concatenate(arrays) for arrays in zip(*taken, strict=True)]
        n_parts = min(self._settings.accumulate, len(batch[0]))
        parts = zip(*(np.array_split(array, n_parts) for array in batch), strict=True)
        loss_of: Any = masked_loss if self.is_masked else causal_loss
        loss = self._descent.step(
            step, *(lambda p=part: loss_of(self._module, *p, n_foretold) for part in parts)
        )
        return Tally(loss * n_foretold, n_foretold)

    def _rows_at(
        self, phase: int, rows: Rows, start: int, n_rows: int
    ) -> list[tuple[int, Offsets]]:
        """Give the sequences from a place on in all passes, each with the pass it belongs to."""
        found = []
        while n_rows:
            number_of_pass, place = divmod(start, rows.n_rows)
            chosen = self._order_of(phase, number_of_pass, rows.n_rows)[place : place + n_rows]
            # Passes of the second phase are others, so that its masks are.
            found.append((2 * number_of_pass + phase, chosen))
            start, n_rows = start + len(chosen), n_rows - len(chosen)
        return found

    def _order_of(self, phase: int, number_of_pass: int, n_rows: int) -> Offsets:
        """Shuffle the sequences for a pass, the same way each time it is asked for."""
        if self._order[0] != (phase, number_of_pass):
            key = [self._settings.seed, ((2 * number_of_pass + phase) << 8) + _ORDER]
            generator = np.random.Generator(np.random.Philox(key=key))
            self._order = ((phase, number_of_pass), generator.permutation(n_rows))
        return self._order[1]

    def rate(self, epoch: int, stretch: int) -> float:
        """Give the learning rate at the end of a step."""
        return self._descent.rate(epoch * self.n_stretches + stretch)

    def held_out_loss(self) -> float | None:
        """Give the mean loss of what is set aside, or None when there is nothing."""
        if self._held_out is None:
            return None
        self._module.eval()
        length = self._settings.sequence
        if self.is_masked:
            self.surprise = masked_surprise(
                self._module, self._held_out, length, self._first, self._masking
            )
        else:
            self.surprise = causal_surprise(self._module, self._held_out, length)
        return self.surprise.mean if self.surprise.n_foretold else None

    def show(self, report: int, listener: Callable[[int, str], None] | None) -> None:
        """Let a model that goes on with a text write some, and tell the listener.

        Parameters
        ----------
        report
            The number of the report, from 1.
        listener
            Told the number of the step and each text.
        """
        settings = self._settings
        if self.is_masked:
            return
        from lexloom.contextual.language_models.causal_model import CausalModel

        self._module.eval()
        model = CausalModel(self._module, self._begun.tokenizer)
        for number in range(getattr(settings, "samples", 0)):
            seed = int(np.random.Philox(key=[settings.seed, (number << 8) + _SAMPLE]).random_raw())
            text = model.generate(
                "", getattr(settings, "sample_pieces", 1), temperature=0.8, top_p=0.95,
                seed=seed >> 1,
            )  # fmt: skip
            step = report * self.n_stretches
            self._samples.append({"step": step, "text": text})
            if listener is not None:
                listener(step, text)

    def result(self, **made: Any) -> TransformerModel:
        """Make the result of what was learned."""
        module = self._module
        if self._settings.recompute:
            self._recompute(False)
        kind, name = catalog.CLASSES[self._settings.kind].split(":")
        result_class = getattr(importlib.import_module(kind), name)
        return result_class(module.to("cpu"), self._begun.tokenizer, samples=self._samples, **made)

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the parameters, what gradient descent keeps of each, and the samples."""
        written = json.dumps(self._samples).encode("utf-8")
        return {**self._descent.arrays(), _SAMPLES: np.frombuffer(written, np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take the arrays of a checkpoint back."""
        self._samples = json.loads(np.asarray(arrays[_SAMPLES]).tobytes())
        self._descent.restore(arrays)
