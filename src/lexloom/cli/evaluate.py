"""`lexloom evaluate`: how good vectors are, or what was learned on a model."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

from lexloom import artefact, catalog
from lexloom.cli.encoders import EncoderFlags, EncoderReading, chosen
from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SETTINGS, SWITCH, Everywhere, Reading
from lexloom.cli.terminal import Terminal
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.settings import EvaluationSettings
from lexloom.opening import open_encoder, open_vectors
from lexloom.settings import as_dict, changed

__all__ = ["evaluate"]

if TYPE_CHECKING:
    EvaluationFlags = SimpleNamespace
else:
    EvaluationFlags = flags_of(EvaluationSettings)


@dataclass(frozen=True, kw_only=True)
class Examples:
    """How examples of a task are read; by default as those that the model learned from.

    Attributes
    ----------
    encoding
        How files are coded, as ``gb18030``.
    text_field
        The field of the texts, by name or number from 1.
    label_field
        The field of the labels.
    source_field
        The field of the texts to be translated or summed up.
    target_field
        The field of their translations or summaries.
    unit_column
        The column of the units that have tags, from 1; from -1 counted from the end.
    tag_column
        The column of the tags.
    span_field
        The field of the spans that are marked in texts.
    other_field
        The field of the texts that belong to those of ``--text-field``.
    score_field
        The field of the scores of pairs.
    data
        What pairs are: ``scores``, ``labels``, ``pairs`` or ``texts``.
    """

    encoding: Annotated[str | None, SWITCH] = None
    text_field: Annotated[str | None, SWITCH] = None
    label_field: Annotated[str | None, SWITCH] = None
    source_field: Annotated[str | None, SWITCH] = None
    target_field: Annotated[str | None, SWITCH] = None
    unit_column: Annotated[int | None, SWITCH] = None
    tag_column: Annotated[int | None, SWITCH] = None
    span_field: Annotated[str | None, SWITCH] = None
    other_field: Annotated[str | None, SWITCH] = None
    score_field: Annotated[str | None, SWITCH] = None
    data: Annotated[Literal["scores", "labels", "pairs", "texts"] | None, SWITCH] = None

    @property
    def said(self) -> dict[str, Any]:
        """What was said of them."""
        return {name: value for name, value in vars(self).items() if value is not None}


ENCODERS = {"encoder", "masked_model"}
EXAMPLES = Group("Reading examples of a task", sort_key=2)


def evaluate(
    model: Path,
    /,
    *,
    sets: Annotated[tuple[Path, ...], Parameter(name="--set", negative=())] = (),
    flags: Annotated[EvaluationFlags, Parameter(name="*", group=SETTINGS)] = EvaluationFlags(),
    examples: Annotated[Examples, Parameter(name="*", group=EXAMPLES)] = Examples(),
    encoder: EncoderReading = EncoderFlags(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Measure vectors by what people said of words, or what learned a task by new examples of it.

    Parameters
    ----------
    model
        A folder of word vectors, or a file of another program; or the folder of an encoder, a
        classifier, a tagger, a translator or a summarizer.
    sets
        A file of word pairs with scores, of analogies, or of words with their categories, in any
        usual layout; may be given several times. Without one, the built-in check. For what learned
        a task, a file like the one it learned from; for an encoder pairs of texts, as ``finetune
        match`` takes them.
    flags
        How words are looked up and intervals drawn.
    examples
        How examples of a task are read.
    encoder
        How an encoder is read; other models have no such settings.
    everywhere
        What every verb understands.

    Raises
    ------
    SettingError
        If what learned a task is given no file, or settings are for something else.
    FormatError
        If it goes on with texts, which `perplexity` measures.
    """
    from lexloom.evaluation.intrinsic import evaluate as measure

    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    settings = EvaluationSettings(**given(flags))
    is_ours = (model / artefact.MANIFEST).is_file()
    kind = catalog.class_of(model).kind if is_ours else "encoder"
    if kind in ("generator", *catalog.kinds_asked_by("generate")):
        raise FormatError(
            f"expected word vectors, an encoder or what learned a task, found "
            f"{catalog.in_words(kind)}.",
            f"Measure it: lexloom perplexity {shlex.quote(str(model))} FILE",
            path=model,
        )
    is_encoder = kind in ENCODERS and (model / "config.json").is_file()
    asked = chosen(encoder)
    if asked and not is_encoder:
        raise SettingError(f"{_flags(asked)}: for encoders, of which this is none.")
    if is_encoder or kind in catalog.kinds_asked_by("predict"):
        if idle := changed(settings, as_dict(settings)):
            raise SettingError(f"{_flags(idle)}: for word vectors, of which this is none.")
        judge = _pairs_judge(model, asked) if is_encoder else catalog.load(model).evaluate
        _show_learned(terminal, partial(judge, **examples.said), sets)
        return
    if examples.said:
        raise SettingError(f"{_flags(examples.said)}: for what learned a task, as this has not.")
    found = measure(open_vectors(model), sets, settings)
    terminal.show(found.as_dict(), [*found.table().to_text().splitlines(), *found.notes()])


def _flags(names: Iterable[str]) -> str:
    """Write settings as flags."""
    return ", ".join(f"--{name}".replace("_", "-") for name in names)


def _show_learned(terminal: Terminal, judge: Callable[[Path], Any], files: Sequence[Path]) -> None:
    """Show how good what learned a task is, on each of some files."""
    if not files:
        raise SettingError("there is nothing to judge it by.", "Give examples: --set FILE")
    for file in files:
        try:
            report = judge(file)
        except FormatError as error:
            error.path = error.path or str(file)
            raise
        terminal.show({"set": str(file), **report.as_dict()}, [f"{file}:", *report.lines()])


def _pairs_judge(path: Path, asked: Mapping[str, Any]) -> Callable[..., Any]:
    """Open an encoder, which is judged by pairs of texts."""
    from lexloom.finetuning.matching.match_report import evaluate_matches

    return partial(evaluate_matches, open_encoder(path, **asked))
