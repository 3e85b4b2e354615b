"""`lexloom evaluate`: how good vectors are."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.options import SETTINGS, Everywhere, Reading
from lexloom.cli.terminal import Terminal
from lexloom.evaluation.settings import EvaluationSettings
from lexloom.opening import open_vectors

__all__ = ["evaluate"]

if TYPE_CHECKING:
    EvaluationFlags = SimpleNamespace
else:
    EvaluationFlags = flags_of(EvaluationSettings)


def evaluate(
    vectors: Path,
    /,
    *,
    sets: Annotated[tuple[Path, ...], Parameter(name="--set", negative=())] = (),
    flags: Annotated[EvaluationFlags, Parameter(name="*", group=SETTINGS)] = EvaluationFlags(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Measure vectors against word pairs, analogies and categories made by people.

    Parameters
    ----------
    vectors
        A folder of word vectors, or a file of another program.
    sets
        A file of word pairs with scores, of analogies, or of words with their categories, in any
        usual layout; may be given several times. Without one, the built-in check.
    flags
        How words are looked up and intervals drawn.
    everywhere
        What every verb understands.
    """
    from lexloom.evaluation.intrinsic import evaluate as measure

    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    found = measure(open_vectors(vectors), sets, EvaluationSettings(**given(flags)))
    terminal.show(found.as_dict(), [*found.table().to_text().splitlines(), *found.notes()])
