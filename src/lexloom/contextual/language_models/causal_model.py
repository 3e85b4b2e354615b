"""A causal language model: how surprised it is by a text, and how it goes on with one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from lexloom.contextual.language_models.architectures import CAUSAL
from lexloom.contextual.language_models.drawing import Drawing
from lexloom.contextual.language_models.packing import Stream
from lexloom.contextual.language_models.transformer_model import TransformerModel
from lexloom.contextual.language_models.wording import Wording
from lexloom.errors import FormatError, SettingError

if TYPE_CHECKING:
    from lexloom.contextual.language_models.foretelling import Surprise

__all__ = ["CausalModel"]

_TEXTS_AT_ONCE = 32


class CausalModel(TransformerModel):
    """A model that foretells the next piece; made by `CausalPretraining`, or opened by `of_folder`.

    `Drawing` has the settings that `generate`, `generate_all` and `stream` take by name.
    """

    kind = "causal_model"

    @classmethod
    def of_folder(cls, path: str | os.PathLike[str]) -> Self:
        """Open one of ours, or one in the layout of Hugging Face's library.

        Parameters
        ----------
        path
            The folder; its weights must be safetensors.

        Returns
        -------
        CausalModel
            In float32; its lineage says what it was opened from.

        Raises
        ------
        StorageError
            If a file is missing or cannot be read.
        FormatError
            If it is no causal model, or its files do not fit together; `UnsafeFileError` if it
            wants to run code.
        MissingExtraError
            If transformers is not installed.
        """
        from lexloom.contextual.language_models.folder_opening import open_folder
        from lexloom.contextual.model_folder import open_model_folder

        module, tokenizer, has_new_head = open_folder(path)
        kind: str = module.config.model_type
        if kind not in CAUSAL or has_new_head:
            known = ", ".join(CAUSAL)
            what = f"a {kind}" if kind not in CAUSAL else f"a {kind} without its head"
            raise FormatError(
                f"expected a causal model ({known}), which foretells the next piece; this is "
                f"{what}.",
                "Make one: lexloom pretrain gpt",
                path=path,
            )
        origin = open_model_folder(path, verify="structure").fingerprint()
        return cls(module, tokenizer, lineage={"from": origin})

    @cached_property
    def opening(self) -> tuple[int, ...]:
        """The pieces that stand before each text: those of its frame, or the end of another."""
        framed, plain = (self.tokenizer.encode("a", special=special) for special in (True, False))
        if plain and plain[0] in framed[1:]:
            return tuple(framed[: framed.index(plain[0])])
        last = self.tokenizer.id_of("eos_token", "sep_token")
        return () if last is None else (last,)

    def _opening(self) -> list[int]:
        return list(self.opening)

    def _foretold(self, stream: Stream, *, whole_words: bool) -> Surprise:
        from lexloom.contextual.language_models.foretelling import causal_surprise

        return causal_surprise(self.module, stream, self.positions)

    def generate(self, prompt: str = "", n_pieces: int = 50, **drawing: Any) -> str:
        """Go on with a text, drawing piece after piece, up to its end.

        Parameters
        ----------
        prompt
            How it begins.
        n_pieces
            The most pieces to draw, at least 1.
        **drawing
            Other settings of `Drawing`: ``temperature``, ``top_k``, ``top_p``,
            ``repetition_penalty``, ``stop``, ``seed``.

        Returns
        -------
        str
            What comes behind the prompt.

        Raises
        ------
        SettingError
            If the prompt is no text, or a number is out of its range.
        """
        return "".join(self.stream(prompt, n_pieces, **drawing))

    def stream(self, prompt: str = "", n_pieces: int = 50, **drawing: Any) -> Iterator[str]:
        """Go on with a text, and give what is settled of it while it is drawn.

        Parameters
        ----------
        prompt
            How it begins.
        n_pieces
            The most pieces to draw.
        **drawing
            As of `generate`.

        Returns
        -------
        iterator of str
            Parts of the text that `generate` gives: whole characters, none empty.

        Raises
        ------
        SettingError
            As of `generate`.
        """
        how = Drawing(n_pieces=n_pieces, **drawing)
        return (text for _, text in self.going_on([prompt], how))

    def generate_all(self, prompts: Iterable[str], n_pieces: int = 50, **drawing: Any) -> list[str]:
        """Go on with several texts, some at once.

        Parameters
        ----------
        prompts
            N beginnings. Text n is drawn with random numbers of the seed and n.
        n_pieces
            The most pieces to draw for each.
        **drawing
            As of `generate`.

        Returns
        -------
        list of str
            N texts.

        Raises
        ------
        SettingError
            As of `generate`.
        """
        if isinstance(prompts, str):
            raise SettingError("prompts must be a list of texts, got one.", "Pass [prompt].")
        how, given = Drawing(n_pieces=n_pieces, **drawing), list(prompts)
        found = [""] * len(given)
        for number, text in self.going_on(given, how):
            found[number] += text
        return found

    def going_on(
        self, prompts: Sequence[str], drawing: Drawing, *, apart: bool = False
    ) -> Iterator[tuple[int, str]]:
        """Go on with texts, and give what is settled of each while it is drawn.

        Parameters
        ----------
        prompts
            N beginnings.
        drawing
            How to draw.
        apart
            Whether what follows is a text of its own, that begins without a blank.

        Returns
        -------
        iterator of tuple
            The number of a text, and what follows in it.

        Raises
        ------
        SettingError
            If a prompt is no text; or empty, where the model cannot begin a text.
        """
        cut = [self.tokenizer.encode(prompt) for prompt in prompts]
        if not self.opening and not all(cut):
            raise SettingError("this model has no piece that begins a text.", "Pass a prompt.")
        return self._drawn(cut, drawing, apart)

    def _drawn(
        self, prompts: list[list[int]], drawing: Drawing, apart: bool
    ) -> Iterator[tuple[int, str]]:
        """Draw, some texts at once."""
        from lexloom.contextual.language_models.continuing import Begun, go_on

        for first in range(0, len(prompts), _TEXTS_AT_ONCE):
            texts = [
                Begun(
                    self.opening, ids,
                    Wording(self.tokenizer, [] if apart else ids[-1:], drawing.stop),
                    drawing.generator(first + number),
                )
                for number, ids in enumerate(prompts[first : first + _TEXTS_AT_ONCE])
            ]  # fmt: skip
            for number, text in go_on(self, texts, drawing):
                yield first + number, text
