"""The legend of dimensions, and the array types that docstrings and signatures use.

======  ==================================================================
letter  counts
======  ==================================================================
B       examples of a batch
C       context words of a centre word
D       width: the numbers of one vector
H       attention heads
K       noise words drawn for one centre word
N       documents, texts or queries
T       positions (tokens) of a text
V       words of a vocabulary
======  ==================================================================

Word ids are int32; positions, offsets and counts int64; vectors float32; sums of losses float64.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bits", "Bools", "Bytes", "Counts", "Floats", "Ids", "Offsets", "Vectors"]

Ids = NDArray[np.int32]
Counts = NDArray[np.int64]
Offsets = NDArray[np.int64]
Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]
Bits = NDArray[np.uint64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
