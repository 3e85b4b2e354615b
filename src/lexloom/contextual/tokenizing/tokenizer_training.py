"""TokenizerTraining: learn from a corpus which pieces its text is best cut into."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from lexloom import __version__
from lexloom.arrays import Bools
from lexloom.contextual.tokenizing.coverage import cover
from lexloom.contextual.tokenizing.rejoining import Rejoined, Rejoiner
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.contextual.tokenizing.tokenizer_json import import_tokenizers
from lexloom.errors import FormatError, SettingError
from lexloom.progress import Listener, Update
from lexloom.settings import as_dict, settings
from lexloom.text.language import HAN
from lexloom.training.checking import check_corpus
from lexloom.training.folders import RUN, fitted, run_digest

if TYPE_CHECKING:
    from lexloom.text.corpus import Corpus

__all__ = ["SPECIAL", "TokenizerTraining"]

SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
    "bos_token": "[CLS]",
    "eos_token": "[SEP]",
}
_NAMES = list(dict.fromkeys(SPECIAL.values()))
_HAN = r"\p{Han}"
_BLANK, _GOES_ON = "▁", "##"
_HELD_OUT, _CHOSEN = 2, 3
_MOST_HELD_OUT_SENTENCES = 20_000
_ALPHABET_SHARE = 0.9
_BYTES = 256
_LONGEST_WORD = 100


@settings
class TokenizerTraining:
    """Learn a tokenizer: the pieces that a contextual model reads and writes.

    Every Han character is cut apart from its neighbours first, so that each is a piece of its own
    (or, in ``byte_bpe``, a rare one is up to three or four, its bytes).

    Attributes
    ----------
    method
        ``bpe`` merges the most frequent pairs (Sennrich et al. 2016), ``byte_bpe`` those of bytes,
        so that nothing is unknown (Radford et al. 2019), ``wordpiece`` those that raise the
        likelihood of the text (Schuster and Nakajima 2012), ``unigram`` begins with many pieces
        and drops those it can do without (Kudo 2018).
    size
        V, the pieces, special ones included; fewer where the text has no more to give.
    min_count
        Pairs that come less often are never merged; ``unigram`` has no such limit.
    most_words
        Learn from so many words at most: sentences chosen evenly from the whole corpus.
    held_out
        The share of sentences that are set aside to measure the coverage on.
    seed
        What the choice of sentences hangs on. The same seed learns the same pieces; with
        ``unigram`` nearly, since the library sums in an order of its own.

    Examples
    --------
    >>> from lexloom import Corpus
    >>> corpus = Corpus.from_sentences([["今天", "good"], ["天气", "goods"]] * 50, min_count=1)
    >>> tokenizer = TokenizerTraining(method="bpe", size=40).fit(corpus)
    >>> tokenizer.pieces(tokenizer.encode("今天 good"))
    ['今', '天', '▁good']
    """

    family: ClassVar[str] = "tokenizer"

    method: Literal["bpe", "byte_bpe", "wordpiece", "unigram"] = "wordpiece"
    size: Annotated[int, Field(ge=16, le=1_000_000)] = 20_000
    min_count: Annotated[int, Field(ge=0)] = 2
    most_words: Annotated[int, Field(ge=1)] = 20_000_000
    held_out: Annotated[float, Field(gt=0, lt=0.5)] = 0.01
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1

    def __post_init__(self) -> None:
        if self.method == "byte_bpe" and self.size < _BYTES + len(_NAMES):
            raise SettingError(f"size must be at least {_BYTES + len(_NAMES)} for byte_bpe.")

    def fit(
        self,
        corpus: Corpus,
        *,
        out: str | os.PathLike[str] | None = None,
        resume: bool = False,
        force: bool = False,
        on_progress: Listener | None = None,
    ) -> Tokenizer:
        """Learn from a corpus.

        Parameters
        ----------
        corpus
            What to learn from.
        out
            A folder to write the tokenizer into.
        resume
            Take what `out` holds if it comes from the same settings and corpus.
        force
            Replace what `out` holds.
        on_progress
            Told how far reading is.

        Returns
        -------
        Tokenizer
            With its coverage of the sentences set aside in its metrics.

        Raises
        ------
        SettingError
            If `corpus` is no corpus.
        FormatError
            If it has fewer than 2 sentences.
        StorageError
            If `out` exists already or cannot be written.
        BusyError
            If another process writes to `out`.
        MissingExtraError
            If tokenizers is not installed.
        """
        check_corpus(corpus)
        import_tokenizers()
        run = {
            "trainer": self.family, "lexloom": __version__, **as_dict(self), "corpus": corpus.digest
        }  # fmt: skip
        return fitted(
            lambda checkpoints: self._learn(corpus, run, on_progress),
            run, out, resume=resume, force=force,
        )  # fmt: skip

    def _learn(self, corpus: Corpus, run: dict[str, Any], listener: Listener | None) -> Tokenizer:
        """Train on what is not set aside, and measure on what is."""
        aside = self._aside(corpus)
        rejoiner = Rejoiner(corpus)
        engine, trainer = self._engine(self._letters(corpus))
        engine.pre_tokenizer, engine.normalizer = self._cutter(), _normalizer(corpus)
        learned = ~aside & self._chosen(corpus)
        engine.train_from_iterator(_told(rejoiner.texts(learned), learned, listener), trainer)
        engine = _with_plain_letters(engine)
        engine.post_processor = _framing(engine)
        origin = {"fingerprint": corpus.fingerprint, "n_words": corpus.n_words}
        tokenizer = Tokenizer(
            engine,
            SPECIAL,
            settings={"trainer": self.family, **as_dict(self)},
            lineage={RUN: run_digest(run), "corpus": origin},
        )
        coverage = cover(tokenizer, _some(rejoiner, aside))
        tokenizer.metrics.update({**vars(coverage), "n_pieces": len(tokenizer)})
        return tokenizer

    def _aside(self, corpus: Corpus) -> Bools:
        """Choose the sentences that are set aside: at least one, and not all."""
        n_sentences = corpus.n_sentences
        if n_sentences < 2:
            raise FormatError("a tokenizer needs at least 2 sentences.", "Give more text.")
        share = min(self.held_out, _MOST_HELD_OUT_SENTENCES / n_sentences)
        n_aside = max(1, round(share * n_sentences))
        drawn = self._generator(_HELD_OUT).permutation(n_sentences)
        aside = np.zeros(n_sentences, np.bool_)
        aside[drawn[:n_aside]] = True
        return aside

    def _chosen(self, corpus: Corpus) -> Bools:
        """Choose the sentences to learn from."""
        share = self.most_words / max(corpus.n_words, 1)
        return self._generator(_CHOSEN).random(corpus.n_sentences) < share

    def _generator(self, purpose: int) -> np.random.Generator:
        """Make the random numbers for one purpose."""
        return np.random.Generator(np.random.Philox(key=[self.seed, purpose]))

    def _engine(self, letters: list[str]) -> tuple[Any, Any]:
        """Make an untrained tokenizer of the method, and what trains it."""
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

        unknown = SPECIAL["unk_token"]
        shared: dict[str, Any] = {
            "vocab_size": self.size, "special_tokens": _NAMES, "show_progress": False
        }  # fmt: skip
        merging = {**shared, "min_frequency": self.min_count}
        alphabet = {"initial_alphabet": letters, "limit_alphabet": len(letters)}
        if self.method == "byte_bpe":
            engine = Tokenizer(models.BPE())
            engine.decoder = decoders.ByteLevel()
            all_bytes = pre_tokenizers.ByteLevel.alphabet()
            return engine, trainers.BpeTrainer(**merging, initial_alphabet=all_bytes)
        if self.method == "wordpiece":
            engine = Tokenizer(
                models.WordPiece(unk_token=unknown, max_input_chars_per_word=_LONGEST_WORD)
            )
            engine.decoder = decoders.WordPiece()
            # Left to itself, the library numbers these in an order that each run draws anew.
            named = [
                *_NAMES,
                *(f"{_GOES_ON}{letter}" for letter in letters if not HAN.match(letter)),
            ]
            return engine, trainers.WordPieceTrainer(
                **{**merging, "special_tokens": named}, **alphabet
            )
        engine = Tokenizer(
            models.BPE(unk_token=unknown) if self.method == "bpe" else models.Unigram()
        )
        engine.decoder = decoders.Metaspace(prepend_scheme="never")
        if self.method == "bpe":
            return engine, trainers.BpeTrainer(**merging, **alphabet)
        return engine, trainers.UnigramTrainer(**shared, unk_token=unknown)

    def _cutter(self) -> Any:
        """Make what cuts text before the method does."""
        from tokenizers import Regex, pre_tokenizers

        han = pre_tokenizers.Split(Regex(_HAN), "isolated")
        if self.method == "byte_bpe":
            steps = [han, pre_tokenizers.ByteLevel(add_prefix_space=False)]
        elif self.method == "wordpiece":
            steps = [han, pre_tokenizers.BertPreTokenizer()]
        else:
            # Blanks become part of the pieces first: one beside a Han character would be lost.
            blank = pre_tokenizers.Metaspace(prepend_scheme="never")
            steps = [blank, han, pre_tokenizers.Punctuation()]
        return pre_tokenizers.Sequence(steps)

    def _letters(self, corpus: Corpus) -> list[str]:
        """List the characters that the text is written with; of too many, the most frequent."""
        vocabulary = corpus.vocabulary
        counted: Counter[str] = Counter({_BLANK: 1})
        counts = vocabulary.counts
        counts = np.ones(len(vocabulary), np.int64) if counts is None else counts
        for word, count in zip(vocabulary, counts.tolist(), strict=True):
            for letter in word:
                counted[letter] += count
        ordered = sorted(counted, key=lambda letter: (-counted[letter], letter))
        n_forms = 2 if self.method == "wordpiece" else 1
        most = round(_ALPHABET_SHARE * (self.size - len(_NAMES)) / n_forms)
        return ordered[: max(most, 1)]


def _normalizer(corpus: Corpus) -> Any:
    """Write raw text as the corpus is written: its normal form, and lower case where it is so."""
    from tokenizers import normalizers

    segmentation = corpus.segmentation
    form = "NFC" if segmentation is None else segmentation.normal_form
    steps = [getattr(normalizers, form)()] if hasattr(normalizers, str(form)) else []
    if segmentation is not None and segmentation.writes_lower_case:
        steps.append(normalizers.Lowercase())
    return normalizers.Sequence(steps)


def _with_plain_letters(engine: Any) -> Any:
    """Let only the special tokens be special, not letters that were named to have an order."""
    parts = json.loads(engine.to_str())
    parts["added_tokens"] = [token for token in parts["added_tokens"] if token["content"] in _NAMES]
    return import_tokenizers().Tokenizer.from_str(json.dumps(parts))


def _framing(engine: Any) -> Any:
    """Put the special tokens around a text that a masked model reads it between."""
    from tokenizers import processors

    first, last = SPECIAL["cls_token"], SPECIAL["sep_token"]
    return processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B:1 {last}:1",
        special_tokens=[(token, engine.token_to_id(token)) for token in (first, last)],
    )


def _told(texts: Iterator[str], chosen: Bools, listener: Listener | None) -> Iterator[str]:
    """Give the texts, and tell how many there were now and then."""
    began, total, done = time.monotonic(), int(chosen.sum()), 0
    if not total:
        raise FormatError("no sentence is left to learn from.", "Pass a higher most_words.")
    for done, text in enumerate(texts, start=1):
        yield text
        if listener is not None and (done % 10_000 == 0 or done == total):
            elapsed = time.monotonic() - began
            listener(Update("reading", done, total, "sentences", elapsed))


def _some(rejoiner: Rejoiner, chosen: Bools) -> Iterator[Rejoined]:
    """Give the chosen sentences, with the words of each."""
    for portion in rejoiner.portions():
        yield portion.only(chosen[portion.first : portion.first + len(portion.texts)])
