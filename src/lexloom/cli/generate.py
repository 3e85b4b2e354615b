"""`lexloom generate`: let a language model go on with a text, and show it while it is written."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from lexloom.cli.flags import flags_of, given
from lexloom.cli.foretelling import open_language_model
from lexloom.cli.options import SETTINGS, Everywhere, Inputs, Reading, unescaped
from lexloom.cli.terminal import Terminal
from lexloom.contextual.language_models.drawing import Drawing
from lexloom.errors import FormatError, SettingError
from lexloom.settings import as_dict

if TYPE_CHECKING:
    from types import SimpleNamespace

    DrawingFlags = SimpleNamespace
else:
    DrawingFlags = flags_of(Drawing, without={"n_pieces"})

__all__ = ["generate"]

SHORT_N = Parameter(name=("--n", "-n"), show_default=False)
WORDS, PIECES = 20, 200
OF_WORDS_TOO = {"temperature", "seed"}
WRITTEN_TOGETHER = {"zh", "characters"}
"""Languages that put no blanks between words."""


def generate(
    model: Path,
    prompts: Inputs = (),  # type: ignore[assignment]  # a list when words were given
    /,
    *,
    n: Annotated[int | None, SHORT_N] = None,
    flags: Annotated[DrawingFlags, Parameter(name="*", group=SETTINGS)] = DrawingFlags(),
    everywhere: Reading = Everywhere(),
) -> None:
    """Let a language model go on with a text, or answer a prompt as it was taught.

    Parameters
    ----------
    model
        The folder of a language model, or of a generator.
    prompts
        How texts begin; for a generator what fills its prompt: a text for its only field, or an
        object in JSON with a text for each field. One text is shown while it is written.
    n
        The most words (20), of a transformer pieces (200), to add, at least 1; the end of the
        sentence or text ends it too.
    flags
        How to draw. Models of words know temperature and seed only.
    everywhere
        What every verb understands.

    Raises
    ------
    FormatError
        If it is no language model, or one that fills gaps.
    """
    terminal = Terminal(as_json=everywhere.as_json, quiet=everywhere.quiet)
    opened = open_language_model(model)
    if opened.kind == "masked_model":
        raise FormatError(
            "a masked model fills gaps, it does not go on.", "lexloom pretrain gpt", path=model
        )
    asked = list(prompts) or [""]
    said = {**given(flags), "stop": tuple(map(unescaped, flags.stop))}
    if opened.kind == "nplm":
        _show_words(terminal, opened, asked, WORDS if n is None else n, said)
        return
    drawing = {"n_pieces": PIECES if n is None else n, **said}
    is_taught = opened.kind == "generator" and bool(opened.prompt.fields)
    filling = [_filling(prompt, opened) if is_taught else prompt for prompt in asked]
    if len(asked) == 1 and not everywhere.as_json:
        begun = [] if is_taught else asked
        terminal.flow(itertools.chain(begun, opened.stream(filling[0], **drawing)))
        return
    texts = opened.generate_all(filling, **drawing)
    for prompt, text in zip(asked, texts, strict=True):
        whole = text if is_taught else prompt + text
        terminal.show({"prompt": prompt, "text": text}, [*whole.split("\n"), ""])


def _filling(prompt: str, generator: Any) -> str | dict[str, str]:
    """Read what fills a prompt: an object, or a text where there is one field."""
    try:
        record = json.loads(prompt)
    except (RecursionError, ValueError):
        record = None
    if not isinstance(record, dict):
        if len(set(generator.prompt.fields)) == 1:
            return prompt
        needed = ", ".join(dict.fromkeys(generator.prompt.fields))
        raise SettingError(
            f"its prompts have the fields {needed}, got {prompt!r:.60}.",
            "Write an object: '{\"" + generator.prompt.fields[0] + '": "…", …}\'.',
        )
    return record


def _show_words(
    terminal: Terminal, model: Any, prompts: list[str], n: int, said: Mapping[str, Any]
) -> None:
    """Show how a model of words goes on with sentences."""
    plain = as_dict(Drawing())
    for name in said.keys() - OF_WORDS_TOO:
        if said[name] != plain[name]:
            flag = name.replace("_", "-")
            raise SettingError(f"--{flag} is for transformers; this is a model of words.")
    language = getattr(model.segmentation, "language", None)
    blank = "" if language in WRITTEN_TOGETHER else " "
    for prompt in prompts:
        words = model.generate(prompt, n, temperature=said["temperature"], seed=said["seed"])
        written = [prompt, *words] if prompt else words
        terminal.show({"prompt": prompt, "words": words}, [blank.join(written)])
