"""The Huffman tree of hierarchical softmax: short paths for frequent words."""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel

__all__ = ["huffman_paths"]


@kernel
def _grow(counts):
    """Join the two lightest subtrees until one is left; counts fall from first to last.

    Gives the parent of each leaf and inner node, and which child it is: +1 the lighter, -1.
    """
    n_words = counts.shape[0]
    n_nodes = 2 * n_words - 1
    weights = np.empty(n_nodes, np.int64)
    weights[:n_words] = counts
    parents = np.zeros(n_nodes, np.int64)
    signs = np.ones(n_nodes, np.float32)
    leaf, inner = n_words - 1, n_words
    for node in range(n_words, n_nodes):
        for child in range(2):
            if leaf >= 0 and (inner >= node or weights[leaf] < weights[inner]):
                lightest = leaf
                leaf -= 1
            else:
                lightest = inner
                inner += 1
            parents[lightest] = node
            signs[lightest] = 1.0 - 2.0 * child
            weights[node] = weights[lightest] + (weights[node] if child else 0)
    return parents, signs


@kernel
def huffman_paths(counts):
    """Give for each word the inner nodes from its leaf to the root, and the way to go at each.

    Parameters
    ----------
    counts
        int64 (V), V at least 2, falling from first to last.

    Returns
    -------
    nodes, signs, offsets
        int32, float32 and int64 (V + 1): the path of word v is
        ``nodes[offsets[v]:offsets[v + 1]]``, numbered from 0, with ``signs`` +1 or -1.
    """
    n_words = counts.shape[0]
    parents, child_signs = _grow(counts)
    root = 2 * n_words - 2
    offsets = np.zeros(n_words + 1, np.int64)
    for word in range(n_words):
        node, length = word, 0
        while node != root:
            node = parents[node]
            length += 1
        offsets[word + 1] = offsets[word] + length
    nodes = np.empty(offsets[n_words], np.int32)
    signs = np.empty(offsets[n_words], np.float32)
    for word in range(n_words):
        node, place = word, offsets[word]
        while node != root:
            signs[place] = child_signs[node]
            node = parents[node]
            nodes[place] = node - n_words
            place += 1
    return nodes, signs, offsets
