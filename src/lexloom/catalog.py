"""Which class opens which kind of artefact, by import path: loading one pulls in nothing else."""

from __future__ import annotations

import importlib
import os
import shlex
from typing import Any

from lexloom import artefact
from lexloom.errors import FormatError

__all__ = ["CLASSES", "asked_by", "class_of", "in_words", "kinds_asked_by", "load"]

CLASSES = {
    "abstractive_summarizer": (
        "lexloom.finetuning.rewriting.fitted_rewriter:FittedAbstractiveSummarizer"
    ),
    "bag_vectors": "lexloom.static.bag_vectors:BagVectors",
    "bag_of_words": "lexloom.static.bag_of_words_model:BagOfWordsModel",
    "causal_model": "lexloom.contextual.language_models.causal_model:CausalModel",
    "corpus": "lexloom.text.corpus:Corpus",
    "encoder": "lexloom.contextual.encoder:Encoder",
    "encoder_decoder": "lexloom.contextual.encoder_decoders.encoder_decoder:EncoderDecoder",
    "embedded_texts": "lexloom.vectors.embedded_texts:EmbeddedTexts",
    "generator": "lexloom.finetuning.generating.fitted_generator:FittedGenerator",
    "masked_model": "lexloom.contextual.language_models.masked_model:MaskedModel",
    "nplm": "lexloom.static.language_model:LanguageModel",
    "subword_vectors": "lexloom.vectors.subword_vectors:SubwordVectors",
    "tagger": "lexloom.finetuning.tagging.fitted_tagger:FittedTagger",
    "text_classifier": "lexloom.finetuning.classifier:FittedClassifier",
    "tokenizer": "lexloom.contextual.tokenizing.tokenizer:Tokenizer",
    "translator": "lexloom.finetuning.rewriting.fitted_rewriter:FittedTranslator",
    "word_vectors": "lexloom.vectors.word_vectors:WordVectors",
}

_CALLED = {
    "bag_vectors": "a bag of words",
    "embedded_texts": "embedded texts",
    "encoder_decoder": "an encoder-decoder",
    "nplm": "a model of words",
    "subword_vectors": "word vectors",
    "text_classifier": "a classifier",
    "word_vectors": "word vectors",
}
"""What people call kinds of which the name alone, behind an article, would not do."""

_VERBS = {
    "abstractive_summarizer": ("predict", "FILE"),
    "causal_model": ("generate", "TEXT"),
    "encoder": ("embed", "TEXT"),
    "generator": ("generate", "TEXT"),
    "nplm": ("generate", "TEXT"),
    "subword_vectors": ("neighbors", "WORD"),
    "tagger": ("predict", "FILE"),
    "text_classifier": ("predict", "FILE"),
    "translator": ("predict", "FILE"),
    "word_vectors": ("neighbors", "WORD"),
}
"""Which verb of the command line asks what there is to be asked, and with what."""


def in_words(kind: str) -> str:
    """Call a kind of artefact what people call it.

    Parameters
    ----------
    kind
        As manifests have it.

    Returns
    -------
    str
        With its article, where it has one.

    Examples
    --------
    >>> in_words("encoder"), in_words("bag_of_words"), in_words("word_vectors")
    ('an encoder', 'a bag of words', 'word vectors')
    """
    article = "an" if kind[:1] in tuple("aeiou") else "a"
    return _CALLED.get(kind, f"{article} {kind.replace('_', ' ')}")


def kinds_asked_by(verb: str) -> frozenset[str]:
    """Give the kinds of artefacts that a verb of the command line asks.

    Parameters
    ----------
    verb
        Its name.

    Returns
    -------
    frozenset of str
        As manifests have them.
    """
    return frozenset(kind for kind, (asking, _) in _VERBS.items() if asking == verb)


def asked_by(kind: str, path: str | os.PathLike[str]) -> str:
    """Say how an artefact is asked, to whoever asked it in a way that is not its own.

    Parameters
    ----------
    kind
        As manifests have it.
    path
        Its folder.

    Returns
    -------
    str
        What to type; nothing where no verb asks such a thing.
    """
    if kind not in _VERBS:
        return ""
    verb, with_what = _VERBS[kind]
    return f"Ask it: lexloom {verb} {shlex.quote(os.fspath(path))} {with_what}"


def load(path: str | os.PathLike[str], *, verify: artefact.Verify = "full") -> Any:
    """Open an artefact of any kind.

    Parameters
    ----------
    path
        The folder of the artefact.
    verify
        ``"full"`` compares the SHA-256 of every file with the manifest; ``"structure"`` compares
        names and sizes only, and opens a large artefact at once.

    Returns
    -------
    Any
        The object that was saved: a `Corpus`, `WordVectors`, …

    Raises
    ------
    StorageError
        If there is no such folder or it cannot be read.
    FormatError
        If it is no artefact, or of a kind this version does not know; `UnsafeFileError` if it is
        a pickle.
    DamagedError
        If it differs from its manifest.
    """
    return class_of(path).load(path, verify=verify)


def class_of(path: str | os.PathLike[str]) -> Any:
    """Tell which class opens an artefact, without opening more of it than its manifest.

    Parameters
    ----------
    path
        The folder of the artefact.

    Returns
    -------
    Any
        The class, whose `load` takes the folder.

    Raises
    ------
    StorageError
        If there is no such folder or it cannot be read.
    FormatError
        If it is no artefact, or of a kind this version does not know.
    DamagedError
        If its manifest is damaged.
    """
    kind = artefact.read_manifest(path).kind
    if kind not in CLASSES:
        known = ", ".join(sorted(CLASSES))
        raise FormatError(
            f"this is {in_words(kind)}; this version of lexloom opens {known}.",
            "pip install -U lexloom",
            path=path,
        )
    module, name = CLASSES[kind].split(":")
    return getattr(importlib.import_module(module), name)
