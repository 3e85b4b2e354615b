"""An encoder-decoder compiled for CTranslate2, its products in whole numbers of 8 bits."""

from __future__ import annotations

import importlib.util
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lexloom.arrays import Offsets
from lexloom.contextual.quiet import quiet
from lexloom.errors import MissingExtraError, SettingError
from lexloom.threads import n_threads_of

if TYPE_CHECKING:
    from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder

__all__ = ["CompiledWriting"]

_PIECES_AT_ONCE = 4_096


class CompiledWriting:
    """Writes what an encoder-decoder does, by CTranslate2: faster, and close to it.

    Its beams are compared by their log-probability over a power of their length, and never end
    before the first piece; matrices are stored in 8 bits a number.

    Parameters
    ----------
    model
        The encoder-decoder.

    Raises
    ------
    MissingExtraError
        If ctranslate2 is not installed.
    SettingError
        If CTranslate2 knows no model of this kind.
    StorageError
        If there is no room for a copy of the model while it is compiled.
    """

    def __init__(self, model: EncoderDecoder) -> None:
        if importlib.util.find_spec("ctranslate2") is None:
            raise MissingExtraError(
                "compiling a translator needs ctranslate2.", "pip install 'lexloom[speed]'"
            )
        self._positions = model.positions
        # It knows pieces by their names only: one tokenizer, which has all of them, does for both.
        named = max(model.tokenizer, model.target_tokenizer, key=len)
        with tempfile.TemporaryDirectory(prefix="lexloom-") as folder:
            type(model)(model.module, named).save(Path(folder) / "model")
            self._translator, self._names = _compiled(Path(folder), model.module.config.model_type)
        self._ids = {name: number for number, name in enumerate(self._names)}

    def __call__(
        self,
        sources: Sequence[Offsets],
        *,
        most: int,
        start: Offsets | None = None,
        beams: int = 1,
        length_penalty: float = 1.0,
    ) -> list[Offsets]:
        """Write what goes with each source.

        Parameters
        ----------
        sources
            N times int64 (T), pieces in their frame.
        most
            The most pieces to write.
        start
            int64, pieces that each text is to begin with.
        beams
            How many beginnings are gone on with at a time; 1 always takes the likeliest piece.
        length_penalty
            The power of the length; 0 is none.

        Returns
        -------
        list of Offsets
            N times int64: the pieces written, without `start` and without the end.
        """
        begun = self._named(() if start is None else start)
        given = self._translator.translate_batch(
            [self._named(source) for source in sources],
            target_prefix=[begun] * len(sources) if begun else None,
            max_batch_size=_PIECES_AT_ONCE // beams, batch_type="tokens", beam_size=beams,
            length_penalty=length_penalty, max_input_length=0,
            max_decoding_length=min(most, self._positions - 1),
        )  # fmt: skip
        found = ([self._ids[name] for name in one.hypotheses[0]] for one in given)
        return [np.array(ids[len(begun) :], np.int64) for ids in found]

    def _named(self, ids: Sequence[int] | Offsets) -> list[str]:
        """Name pieces as CTranslate2 does."""
        return [self._names[number] for number in ids]


def _compiled(folder: Path, model_type: str) -> tuple[Any, list[str]]:
    """Convert a model, and open it; with the name of each piece."""
    import ctranslate2

    made = folder / "compiled"
    converter = ctranslate2.converters.TransformersConverter(str(folder / "model"))
    try:
        with quiet():
            converter.convert(str(made), quantization="int8")
    except (AttributeError, KeyError, NotImplementedError, ValueError) as error:
        raise SettingError(
            f"CTranslate2 cannot compile a model of the kind {model_type}: {error}",
            "Write with it as it is.",
        ) from error
    translator = ctranslate2.Translator(
        str(made), device="cpu", compute_type="int8", intra_threads=n_threads_of(None)
    )
    return translator, _names(made)


def _names(folder: Path) -> list[str]:
    """Read the names of the pieces, in their order."""
    return json.loads((folder / "shared_vocabulary.json").read_text(encoding="utf-8"))
