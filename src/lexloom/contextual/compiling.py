"""A network compiled for ONNX Runtime, its products in whole numbers of 8 bits."""

from __future__ import annotations

import contextlib
import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lexloom.arrays import Bools, Offsets, Vectors
from lexloom.contextual.encoder_settings import Layers
from lexloom.contextual.network import Network
from lexloom.contextual.quiet import quiet
from lexloom.errors import MissingExtraError, SettingError
from lexloom.threads import n_threads_of

__all__ = ["CompiledNetwork"]

_SAMPLE = (2, 16)
_MOST_SEQUENCES = 1 << 16
_PACKAGES = ("onnx", "onnxruntime", "onnxscript")
_TINY = 1e-12


class CompiledNetwork:
    """What a `Network` gives, by ONNX Runtime with matrices of 8 bits: faster, and close to it.

    Each matrix is stored in 8 bits a number, of which 7 are used, with a scale for each column;
    what goes into a product is brought to one size, piece by piece, and then rounded to 8 bits with
    one scale: else a single large number would leave the other pieces few of the 256 steps. With
    the 8th bit of the matrices, sums of two products overflow on processors that add them up in
    16 bits.

    Parameters
    ----------
    network
        The network; it is on the processor and computes in float32.
    layers
        Whose outputs count; the graph gives no others.

    Raises
    ------
    MissingExtraError
        If onnx, onnxscript or onnxruntime is not installed.
    SettingError
        If the network is on an accelerator.
    """

    precision = "int8"

    def __init__(self, network: Network, layers: Layers) -> None:
        if not all(map(importlib.util.find_spec, _PACKAGES)):
            raise MissingExtraError(
                "compiling an encoder needs onnx and onnxruntime.", "pip install 'lexloom[speed]'"
            )
        if network.device != "cpu":
            raise SettingError(
                f"only an encoder on the cpu is compiled, this one is on {network.device}."
            )
        self.width, self.n_layers = network.width, network.n_layers
        self.most_positions, self.pad_id = network.most_positions, network.pad_id
        self._layers = layers
        with tempfile.TemporaryDirectory(prefix="lexloom-") as folder, quiet():
            self._session = _compiled(network, layers, Path(folder))

    def run(self, ids: Offsets, is_piece: Bools | None, layers: Layers) -> Vectors:
        """Give the vector of every piece.

        Parameters
        ----------
        ids
            int64 (B, T).
        is_piece
            bool (B, T), or None if nothing is padding.
        layers
            Those it was compiled with.

        Returns
        -------
        Vectors
            float32 (B, T, D).

        Raises
        ------
        SettingError
            If other layers are asked for.
        """
        if layers != self._layers:
            raise SettingError(f"layers must be {self._layers!r}, as compiled; got {layers!r}.")
        mask = np.ones(ids.shape, np.int64) if is_piece is None else is_piece.astype(np.int64)
        return self._session.run(None, {"ids": ids, "mask": mask})[0]


class _Graph(torch.nn.Module):
    """A network as one function of pieces and their mask."""

    def __init__(self, network: Network, layers: Layers) -> None:
        super().__init__()
        self.module = network.module
        self._network = network
        self._layers: Layers = layers

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Give the vectors of all pieces: (B, T, D)."""
        return self._network.hidden(ids, mask, self._layers)


class _ByPiece(torch.nn.Module):
    """A linear layer that sees the numbers of each piece divided by their largest."""

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = linear.weight, linear.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give x Wᵀ + b."""
        size = x.abs().amax(-1, keepdim=True).clamp(min=_TINY)
        found = torch.nn.functional.linear(x / size, self.weight) * size
        return found if self.bias is None else found + self.bias


@contextlib.contextmanager
def _by_piece(module: torch.nn.Module) -> Iterator[None]:
    """Let all linear layers of a module work by piece, for a while."""
    found = [
        (parent, name, child)
        for parent in module.modules()
        for name, child in parent.named_children()
        if type(child) is torch.nn.Linear
    ]
    try:
        for parent, name, child in found:
            setattr(parent, name, _ByPiece(child))
        yield
    finally:
        for parent, name, child in found:
            setattr(parent, name, child)


def _compiled(network: Network, layers: Layers, folder: Path) -> Any:
    """Write the graph, round its matrices, and open it."""
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    exact, rounded = folder / "exact.onnx", folder / "rounded.onnx"
    dimensions = {
        0: torch.export.Dim("n_sequences", min=1, max=_MOST_SEQUENCES),
        1: torch.export.Dim("length", min=2, max=network.most_positions),
    }
    ids = torch.ones(_SAMPLE, dtype=torch.int64)
    with _by_piece(network.module):
        program = torch.onnx.export(
            _Graph(network, layers).eval(),
            (ids, torch.ones_like(ids)),
            input_names=["ids", "mask"],
            output_names=["hidden"],
            dynamic_shapes={"ids": dimensions, "mask": dimensions},
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    program.save(str(exact))
    quantize_dynamic(
        exact, rounded,
        weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
        op_types_to_quantize=["MatMul"],
    )  # fmt: skip
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(torch.get_num_threads(), n_threads_of())
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        rounded.read_bytes(), options, providers=["CPUExecutionProvider"]
    )
