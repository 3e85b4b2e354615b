"""Kneser-Ney as its formula says it, with dictionaries: slow, and nothing is shared."""

from __future__ import annotations

from collections import Counter, defaultdict


class KneserNeyTwin:
    """Interpolated Kneser-Ney with one discount an order; sentences are lists of tokens."""

    def __init__(self, sentences: list[list[int]], discounts: list[float], n_tokens: int):
        self.discounts, self.n_tokens = discounts, n_tokens
        raw = Counter()
        for sentence in sentences:
            whole = [0, *sentence, 0]
            for end in range(1, len(whole)):
                for n in range(1, min(len(discounts), end + 1) + 1):
                    raw[tuple(whole[end - n + 1 : end + 1])] += 1
        before = Counter(gram[1:] for gram in raw if len(gram) > 1)
        self.followers = defaultdict(dict)
        for gram, count in raw.items():
            is_longest = len(gram) == len(discounts)
            adjusted = count if is_longest else before.get(gram, count)
            self.followers[gram[:-1]][gram[-1]] = adjusted

    def probability(self, context: tuple[int, ...], word: int) -> float:
        context = context[max(len(context) - len(self.discounts) + 1, 0) :]
        lower = self.probability(context[1:], word) if context else 1 / self.n_tokens
        if context not in self.followers:
            return lower
        counts, discount = self.followers[context], self.discounts[len(context)]
        share = max(counts.get(word, 0) - discount, 0)
        return (share + discount * len(counts) * lower) / sum(counts.values())
