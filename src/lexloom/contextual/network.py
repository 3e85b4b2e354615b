"""A transformer that turns pieces into vectors: torch's part of an encoder."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import numpy as np
import torch
import transformers

from lexloom.arrays import Bools, Offsets, Vectors
from lexloom.contextual.encoder_settings import Layers, Precision
from lexloom.contextual.model_folder import ModelFolder, faults_of_transformers
from lexloom.contextual.quiet import quiet
from lexloom.errors import DamagedError, FormatError, SettingError
from lexloom.training.devices import device_of

__all__ = ["Network", "load_module"]

_DEFAULT_POSITIONS = 512
_TRIAL = (4, 32)
"""Sequences and pieces of the batch that tells which precision is faster."""

_WORTH = 0.8
"""What share of float32's time bfloat16 may take to be chosen."""

_NARROW = 128
"""Below this width the products are too small to gain, and a trial would measure noise."""

_HOPELESS = 3.0
_LEAST_COSINE = 0.999


class Network:
    """A transformer's body.

    Parameters
    ----------
    folder
        The model, checked.
    device
        Where it runs: ``auto`` is an accelerator if torch finds one.
    precision
        ``auto`` is bfloat16 where a short trial shows it to be faster and as good.

    Raises
    ------
    DamagedError
        If weights are missing or of the wrong shape.
    FormatError
        If transformers does not know the architecture.
    SettingError
        If there is no such device.
    """

    def __init__(self, folder: ModelFolder, *, device: str, precision: Precision) -> None:
        self._device = device_of(device)
        self.module = _encoder_of(load_module(folder)).eval().to(self._device)
        config = self.module.config
        self.width = int(config.hidden_size)
        self.n_layers = int(config.num_hidden_layers)
        self.n_pieces = int(self.module.get_input_embeddings().weight.shape[0])
        self.most_positions = _positions(self.module, folder)
        self.pad_id = int(getattr(config, "pad_token_id", None) or 0)
        self._type = torch.float32
        self.precision = self._choose(precision)

    def run(self, ids: Offsets, is_piece: Bools | None, layers: Layers) -> Vectors:
        """Give the vector of every piece.

        Parameters
        ----------
        ids
            int64 (B, T).
        is_piece
            bool (B, T), or None if nothing is padding.
        layers
            Whose outputs count: the last, the mean of the last four, or the mean of those with
            these numbers; 0 is what goes into the first, -1 what comes out of the last.

        Returns
        -------
        Vectors
            float32 (B, T, D).
        """
        mask = None if is_piece is None else torch.from_numpy(is_piece.astype(np.int64))
        with torch.inference_mode(), self._casting():
            found = self.hidden(
                torch.from_numpy(ids).to(self._device),
                None if mask is None else mask.to(self._device),
                layers,
            )
        return found.float().cpu().numpy()

    @property
    def device(self) -> str:
        """Where it runs: ``"cpu"`` or ``"cuda"``."""
        return self._device.type

    def hidden(self, ids: torch.Tensor, mask: torch.Tensor | None, layers: Layers) -> torch.Tensor:
        """Give the vector of every piece, as a tensor.

        Parameters
        ----------
        ids
            int64 (B, T).
        mask
            int64 (B, T), 1 where a piece is; or None if nothing is padding.
        layers
            As for `run`.

        Returns
        -------
        torch.Tensor
            (B, T, D).
        """
        numbers = (-1,) if layers == "last" else self._numbers(layers)
        found = self.module(
            input_ids=ids, attention_mask=mask, output_hidden_states=numbers != (-1,)
        )
        if numbers == (-1,):
            return found.last_hidden_state
        return torch.stack([found.hidden_states[number].float() for number in numbers]).mean(0)

    def attend(self, ids: Offsets) -> Vectors:
        """Give what the pieces of a sequence attend to, in float32.

        Parameters
        ----------
        ids
            int64 (T).

        Returns
        -------
        Vectors
            float32 (L, H, T, T): how much each piece (row) attends to each (column).

        Raises
        ------
        FormatError
            If the architecture keeps no attention between all pieces.
        """
        quick = self.module.config._attn_implementation
        # The quick ways to attend never have the weights at hand.
        self.module.set_attn_implementation("eager")
        try:
            with torch.inference_mode():
                found = self.module(
                    input_ids=torch.from_numpy(ids[None]).to(self._device), output_attentions=True
                )
        finally:
            self.module.set_attn_implementation(quick)
        kept = [layer for layer in found.get("attentions") or () if layer is not None]
        if len(kept) != self.n_layers or kept[0].shape[-2:] != (len(ids), len(ids)):
            raise FormatError(
                f"a {self.module.config.model_type} keeps no attention between all its pieces."
            )
        return torch.cat(kept).float().cpu().numpy()

    def _numbers(self, layers: Layers) -> tuple[int, ...]:
        """Give the numbers of layers, each looked at."""
        if layers == "last_four":
            return tuple(range(-min(4, self.n_layers), 0))
        assert not isinstance(layers, str)
        for number in layers:
            if not -self.n_layers - 1 <= number <= self.n_layers:
                raise SettingError(
                    f"layers must be from {-self.n_layers - 1} to {self.n_layers}, got {number}."
                )
        return tuple(layers)

    def _casting(self) -> contextlib.AbstractContextManager[Any]:
        """Compute in bfloat16 where that was chosen."""
        if self._type == torch.float32:
            return contextlib.nullcontext()
        return torch.autocast(self._device.type, self._type)

    def _choose(self, precision: Precision) -> str:
        """Choose how exactly to compute, by a short trial if it is left to us."""
        if precision == "auto":
            precision = "bfloat16" if self._bfloat16_is_better() else "float32"
        self._type = getattr(torch, precision)
        return precision

    def _bfloat16_is_better(self) -> bool:
        """Try both ways on a small batch; the shortest of three times counts."""
        if self.width < _NARROW:
            return False
        generator = np.random.Generator(np.random.Philox(key=0))
        n_sequences, length = _TRIAL
        ids = generator.integers(0, self.n_pieces, (n_sequences, min(length, self.most_positions)))
        exact, exact_seconds = self._timed(ids, torch.float32, 3)
        quick, quick_seconds = self._timed(ids, torch.bfloat16, 1)
        if quick_seconds > _HOPELESS * exact_seconds:
            return False
        quick, quick_seconds = self._timed(ids, torch.bfloat16, 3)
        lengths = np.linalg.norm(exact, axis=-1) * np.linalg.norm(quick, axis=-1)
        cosines = (exact * quick).sum(-1) / np.maximum(lengths, np.finfo(np.float32).tiny)
        return quick_seconds < _WORTH * exact_seconds and float(cosines.mean()) >= _LEAST_COSINE

    def _timed(self, ids: Offsets, dtype: torch.dtype, times: int) -> tuple[Vectors, float]:
        """Run a batch some times; give what it gave, and the seconds of the quickest."""
        self._type, taken = dtype, []
        found = self.run(ids, None, "last") if times > 1 else np.empty(0, np.float32)
        for _ in range(times):
            began = time.perf_counter()
            found = self.run(ids, None, "last")
            taken.append(time.perf_counter() - began)
        return found, min(taken)


def _encoder_of(module: Any) -> Any:
    """Give the part that reads, where a model has another one that writes."""
    return module.get_encoder() if module.config.is_encoder_decoder else module


def load_module(folder: ModelFolder, kind: Any = transformers.AutoModel) -> Any:
    """Let transformers make the module of a checked folder, on this machine alone.

    Parameters
    ----------
    folder
        The model, checked.
    kind
        The class of transformers that chooses one by the configuration.

    Returns
    -------
    Any
        The module, in float32.

    Raises
    ------
    FormatError
        If transformers cannot make it.
    DamagedError
        If weights are missing or of the wrong shape.
    """
    try:
        with quiet():
            _check_size(folder, kind)
            module, said = kind.from_pretrained(
                folder.path,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.float32,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
            )
    except DamagedError:
        raise
    except faults_of_transformers() as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise FormatError(f"transformers cannot open it: {first:.300}", path=folder.path) from error
    missing = sorted(name for name in said["missing_keys"] if "pooler" not in name)
    wrong = sorted(str(each[0]) for each in said["mismatched_keys"])
    if missing or wrong:
        names = (missing or wrong)[:3]
        what = "lacks" if missing else "holds in another shape"
        raise DamagedError(
            f"{what} {len(missing or wrong):,} weights of a {folder.config['model_type']}: "
            f"{', '.join(names)}.",
            path=folder.path,
        )
    return module


def _check_size(folder: ModelFolder, kind: Any) -> None:
    """Refuse a configuration of more numbers than the files hold, before room is made for them."""
    config = transformers.AutoConfig.from_pretrained(folder.path, local_files_only=True)
    with torch.device("meta"):
        module = kind.from_config(config)
    named = module.named_parameters()
    n_asked = sum(p.numel() for name, p in named if "pooler" not in name)
    if n_asked > folder.n_numbers:
        raise DamagedError(
            f"its configuration asks for {n_asked:,} numbers, its files hold {folder.n_numbers:,}.",
            path=folder.path,
        )


def _positions(module: Any, folder: ModelFolder) -> int:
    """Tell how many pieces the model reads at once, its frame among them."""
    most = getattr(module.config, "max_position_embeddings", None) or _DEFAULT_POSITIONS
    embeddings = getattr(module, "embeddings", None)
    if hasattr(embeddings, "create_position_ids_from_input_ids"):
        # RoBERTa counts positions from behind the number of its padding piece.
        most -= int(module.config.pad_token_id or 0) + 1
    said = folder.tokenizer_config.get("model_max_length")
    return min(most, said) if isinstance(said, int) and said > 0 else most
