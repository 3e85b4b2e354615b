"""lexloom (词织): from raw text to word vectors to fine-tuned models, on your own machine."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lexloom.catalog import load
    from lexloom.contextual.distilling import distill
    from lexloom.contextual.encoder import Encoder
    from lexloom.errors import LexloomError
    from lexloom.finetuning.generating.generator import Generator
    from lexloom.finetuning.matching.matcher import Matcher
    from lexloom.finetuning.rewriting.abstractive_summarizer import AbstractiveSummarizer
    from lexloom.finetuning.rewriting.translator import Translator
    from lexloom.finetuning.summarizer import Summarizer
    from lexloom.finetuning.tagging.tagger import Tagger
    from lexloom.finetuning.text_classifier import TextClassifier
    from lexloom.static.bag_of_words import BagOfWords
    from lexloom.static.fasttext import FastText
    from lexloom.static.glove import GloVe
    from lexloom.static.nplm import NPLM
    from lexloom.static.svd import SVD
    from lexloom.static.word2vec import Word2Vec
    from lexloom.text.corpus import Corpus
    from lexloom.vectors.word_vectors import WordVectors

__version__ = "0.1.0"

_HOMES = {
    "AbstractiveSummarizer": "lexloom.finetuning.rewriting.abstractive_summarizer",
    "BagOfWords": "lexloom.static.bag_of_words",
    "Corpus": "lexloom.text.corpus",
    "Encoder": "lexloom.contextual.encoder",
    "FastText": "lexloom.static.fasttext",
    "Generator": "lexloom.finetuning.generating.generator",
    "GloVe": "lexloom.static.glove",
    "LexloomError": "lexloom.errors",
    "Matcher": "lexloom.finetuning.matching.matcher",
    "NPLM": "lexloom.static.nplm",
    "SVD": "lexloom.static.svd",
    "Summarizer": "lexloom.finetuning.summarizer",
    "Tagger": "lexloom.finetuning.tagging.tagger",
    "TextClassifier": "lexloom.finetuning.text_classifier",
    "Translator": "lexloom.finetuning.rewriting.translator",
    "Word2Vec": "lexloom.static.word2vec",
    "WordVectors": "lexloom.vectors.word_vectors",
    "distill": "lexloom.contextual.distilling",
    "load": "lexloom.catalog",
}

__all__ = [
    "NPLM",
    "SVD",
    "AbstractiveSummarizer",
    "BagOfWords",
    "Corpus",
    "Encoder",
    "FastText",
    "Generator",
    "GloVe",
    "LexloomError",
    "Matcher",
    "Summarizer",
    "Tagger",
    "TextClassifier",
    "Translator",
    "Word2Vec",
    "WordVectors",
    "distill",
    "load",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import lexloom` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'lexloom' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
