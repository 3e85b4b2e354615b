"""Word2Vec again, slow and plain: float64, one pair after the other, from the papers."""

from __future__ import annotations

import heapq
import itertools

import numpy as np

MASK = 2**64 - 1


def draw(key, counter):
    """SplitMix64 (Steele, Lea and Flood 2014, figure 15), at one place of its sequence."""
    bits = (key + counter * 0x9E3779B97F4A7C15) & MASK
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB & MASK
    return bits ^ (bits >> 31)


def uniform(bits):
    """The highest 24 bits as a fraction."""
    return (bits >> 40) / 2**24


def below(bits, limit):
    """The lowest 24 bits as a fraction of a range."""
    return (bits & 0xFFFFFF) * limit >> 24


def shares(threshold, alias):
    """The chance of each word that an alias table stands for."""
    n_words = len(threshold)
    chances = threshold.astype(np.float64) / n_words
    np.add.at(chances, alias, (1.0 - threshold) / n_words)
    return chances


def huffman_cost(counts):
    """The least sum of count · path length of any binary tree (Huffman 1952)."""
    heap, cost = sorted(counts), 0
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        heapq.heappush(heap, joined)
        cost += joined
    return cost


def centres(offsets, is_wanted, is_kept, windows, first, last):
    """The kept positions from first to last, each with the positions of its context words."""
    found = []
    for sentence, (start, stop) in enumerate(itertools.pairwise(offsets)):
        kept = [p for p in range(start, stop) if is_kept[p]] if is_wanted[sentence] else []
        for n, p in enumerate(kept):
            context = kept[max(0, n - windows[p]) : n] + kept[n + 1 : n + 1 + windows[p]]
            if first <= p < last:
                found.append((p, context))
    return found


def examples(objective, ids, block):
    """What is foretold from what: (word, the words whose mean foretells it)."""
    if objective == "cbow":
        return [(ids[p], ids[context]) for p, context in block if context]
    return [(ids[p], ids[[q]]) for p, context in block for q in context]


def logistic(ways):
    """Mikolov et al. 2013b, equations 3 and 4: `ways(word)` gives rows, signs and weights."""

    def compare(word, hidden, outputs):
        rows, signs, weights = ways(word)
        signed = signs * (outputs[rows] @ hidden)
        loss = (weights * np.logaddexp(0.0, -signed)).sum()
        return rows, weights * signs / (1.0 + np.exp(signed)), loss

    return compare


def softmax(word, hidden, outputs):
    """Mikolov et al. 2013b, equation 2."""
    scores = outputs @ hidden
    logs = scores - np.logaddexp.reduce(scores)
    return np.arange(len(outputs)), (np.arange(len(outputs)) == word) - np.exp(logs), -logs[word]


def descend(pairs, compare, inputs, outputs, *, exact=True):
    """What a step at rate 1 adds to both matrices, and the loss before it."""
    inputs_step, outputs_step, total = np.zeros_like(inputs), np.zeros_like(outputs), 0.0
    for word, context in pairs:
        hidden = inputs[context].mean(axis=0)
        rows, slopes, loss = compare(word, hidden, outputs)
        total += loss
        np.add.at(outputs_step, rows, np.outer(slopes, hidden))
        share = 1.0 / len(context) if exact else 1.0
        np.add.at(inputs_step, context, share * (slopes @ outputs[rows]))
    return inputs_step, outputs_step, total
