"""Measure FastText beside fastText and gensim: speed, quality and memory, in one run.

    python benchmarks/subwords.py                        # everything; hours on two cores
    python benchmarks/subwords.py --only subwords_skip_gram --corpus english --rounds 1

As `word2vec.py` does it, with n-grams of 3 to 6 characters in 2,000,000 buckets. fastText runs at
its own learning rate of .05, gensim and lexloom at theirs; all words of the sets are in the
vocabulary or left out, so that the same pairs are scored. `subwords_rare` leaves words out that
come less than 200 times, and asks only pairs with such a word, whose vector is made of n-grams.
"""

from __future__ import annotations

from word2vec import main

if __name__ == "__main__":
    main(("subwords_skip_gram", "subwords_cbow", "subwords_rare"), __doc__.splitlines()[0])
