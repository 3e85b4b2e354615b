"""`lexloom evaluate`: how good vectors are, or what was learned on a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from lexloom import artefact, catalog
from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SETTINGS, Everywhere, Reading
from lexloom.cli.terminal import Terminal
from lexloom.errors import FormatError, SettingError
from lexloom.evaluation.settings import EvaluationSettings
from lexloom.opening import open_encoder, open_vectors
from lexloom.settings import as_dict, changed

__all__ = ["evaluate"]

LEARNED = {"abstractive_summarizer", "tagger", "text_classifier", "translator"}

if TYPE_CHECKING:
    EvaluationFlags = SimpleNamespace
else:
    EvaluationFlags = flags_of(EvaluationSettings)


def evaluate(
    model: Path,
    /,
    *,
    sets: Annotated[tuple[Path, ...], Parameter(name="--set", negative=())] = (),
    flags: Annotated[EvaluationFlags, Parameter(name="*", group=SETTINGS)] = EvaluationFlags(),
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
    everywhere
        What every verb understands.

    Raises
    ------
    SettingError
        If what learned a task is given no file, or settings for words.
    """
    from lexloom.evaluation.intrinsic import evaluate as measure

    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    settings = EvaluationSettings(**given(flags))
    is_ours = (model / artefact.MANIFEST).is_file()
    if (is_ours and catalog.class_of(model).kind in LEARNED) or (model / "config.json").is_file():
        _show_learned(terminal, model, sets, settings)
        return
    found = measure(open_vectors(model), sets, settings)
    terminal.show(found.as_dict(), [*found.table().to_text().splitlines(), *found.notes()])


def _show_learned(
    terminal: Terminal, path: Path, files: Sequence[Path], settings: EvaluationSettings
) -> None:
    """Show how good what learned a task is, on each of some files."""
    if not files:
        raise SettingError("there is nothing to judge it by.", "Give examples: --set FILE")
    if idle := changed(settings, as_dict(settings)):
        named = ", ".join(f"--{name}".replace("_", "-") for name in idle)
        raise SettingError(f"{named}: such settings are for word vectors.")
    judge = _judge_of(path)
    for file in files:
        try:
            report = judge(file)
        except FormatError as error:
            error.path = error.path or str(file)
            raise
        terminal.show({"set": str(file), **report.as_dict()}, [f"{file}:", *report.lines()])


def _judge_of(path: Path) -> Callable[[Path], Any]:
    """Open what is to be judged; an encoder is by pairs of texts, the rest knows its own task."""
    if not (path / "config.json").is_file():
        return catalog.load(path).evaluate
    from lexloom.finetuning.matching.match_report import evaluate_matches

    return partial(evaluate_matches, open_encoder(path))
