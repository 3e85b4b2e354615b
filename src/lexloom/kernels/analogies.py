"""Answer analogy questions from the scores of the words they are made of."""

from __future__ import annotations

import numpy as np

from lexloom.kernels.compiling import kernel

__all__ = ["complete_analogies"]

CHUNK = 64


@kernel(fastmath={"reassoc", "contract", "arcp", "nsz", "nnan"})
def complete_analogies(
    above, below, questions, asked, first_id, best_scores, best_ids, start, stop
):
    """Offer a block of words, from `first_id` on, as answers to questions `start` to `stop`.

    A word's score is ``above[b] + above[c] - below[a]`` for the question's rows (a, b, c); `asked`
    gives the word id of each row, and a question's own words are never its answer. `best_scores`
    and `best_ids` (N) are changed in place; of equal scores the lower id wins. A chunk is first
    asked as a whole whether it holds anything better, which the machine does many words at a time
    because scores are promised to be finite (nnan).
    """
    n_words = above.shape[1]
    for i in range(start, stop):
        a, b, c = questions[i, 0], questions[i, 1], questions[i, 2]
        minus, first, second = below[a], above[b], above[c]
        bar = best_scores[i]
        for low in range(0, n_words, CHUNK):
            high = min(low + CHUNK, n_words)
            top = bar
            for word in range(low, high):
                score = first[word] + second[word] - minus[word]
                top = score if score > top else top
            if top <= bar:
                continue
            for word in range(low, high):
                score = first[word] + second[word] - minus[word]
                word_id = np.int32(first_id + word)
                if score <= bar or word_id in (asked[a], asked[b], asked[c]):
                    continue
                bar = score
                best_ids[i] = word_id
        best_scores[i] = bar
