"""A new encoder-decoder: its tokenizer learned from texts of both sides, its weights drawn."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from lexloom.contextual.encoder_decoders.encoder_decoder import EncoderDecoder
from lexloom.contextual.encoder_decoders.sizes import Size
from lexloom.contextual.language_models.architectures import import_transformers
from lexloom.contextual.tokenizing.tokenizer import Tokenizer
from lexloom.contextual.tokenizing.tokenizer_json import import_tokenizers
from lexloom.contextual.tokenizing.tokenizer_training import SPECIAL, TokenizerTraining
from lexloom.text.corpus import Corpus

__all__ = ["new_model", "new_tokenizer", "set_dropout"]

_END, _UNKNOWN, _PADDING = "</s>", "<unk>", "<pad>"
_TIMES_AS_WIDE = 2


def new_tokenizer(
    texts: Iterable[str], *, pieces: int, seed: int, place: Path | None = None
) -> Tokenizer:
    """Learn the pieces that texts are cut into, by merging bytes: nothing is unknown.

    Parameters
    ----------
    texts
        Those of both sides, or of one.
    pieces
        V, the most pieces.
    seed
        As of `TokenizerTraining`.
    place
        A folder to keep what was learned in, and to take it from the next time.

    Returns
    -------
    Tokenizer
        It puts a piece behind each text that ends it.
    """
    corpus = Corpus.from_sentences((text.split() for text in texts), min_count=1)
    trainer = TokenizerTraining(method="byte_bpe", size=pieces, seed=seed)
    learned = trainer.fit(corpus, out=place, resume=place is not None)
    parts = json.loads(learned.engine.to_str())
    special = set(SPECIAL.values())
    ordinary = sorted(parts["model"]["vocab"].items(), key=lambda entry: entry[1])
    own = [_PADDING, _END, _UNKNOWN]
    named = [*own, *(piece for piece, _ in ordinary if piece not in special)]
    parts["model"]["vocab"] = {piece: number for number, piece in enumerate(named)}
    parts["added_tokens"] = [
        {"id": number, "content": token, "single_word": False, "lstrip": False,
         "rstrip": False, "normalized": False, "special": True}
        for number, token in enumerate(own)
    ]  # fmt: skip
    tokenizers = import_tokenizers()
    engine = tokenizers.Tokenizer.from_str(json.dumps({**parts, "post_processor": None}))
    engine.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"$A {_END}", special_tokens=[(_END, own.index(_END))]
    )
    roles = {"eos_token": _END, "unk_token": _UNKNOWN, "pad_token": _PADDING}
    return Tokenizer(engine, roles, settings=learned.settings, lineage=learned.lineage)


def new_model(
    tokenizer: Tokenizer,
    size: Size,
    *,
    target_tokenizer: Tokenizer | None = None,
    positions: int,
    dropout: float,
    seed: int,
) -> EncoderDecoder:
    """Draw the weights of a model that knows nothing yet.

    It is the transformer of Vaswani et al. 2017 as Pegasus has it (Zhang et al. 2020): numbers are
    brought to one size before each layer, not behind it, so that it learns from its first steps on
    (Xiong et al. 2020), and its matrices of pieces, that of the scores among them, are one; with
    two tokenizers that of what is read is another.

    Parameters
    ----------
    tokenizer
        What cuts its texts.
    size
        How large it is.
    target_tokenizer
        What cuts those it writes, where that is another.
    positions
        T, the most pieces of a text.
    dropout
        The share of numbers that a step leaves out.
    seed
        What its weights hang on.

    Returns
    -------
    EncoderDecoder
        The model.

    Raises
    ------
    SettingError
        If the width cannot be shared out evenly among the heads.
    MissingExtraError
        If torch or transformers is not installed.
    """
    size.check()
    transformers = import_transformers()
    pad, last = tokenizer.id_of("pad_token"), tokenizer.id_of("eos_token")
    both: dict[str, Any] = {
        f"{side}_{name}": value
        for side in ("encoder", "decoder")
        for name, value in (
            ("layers", size.layers),
            ("attention_heads", size.heads),
            ("ffn_dim", _TIMES_AS_WIDE * size.width),
        )
    }
    n_pieces = max(len(tokenizer), len(target_tokenizer or tokenizer))
    config = transformers.PegasusConfig(
        vocab_size=n_pieces, tie_word_embeddings=target_tokenizer is None,
        d_model=size.width, max_position_embeddings=positions, **both,
        dropout=dropout, activation_function="relu", scale_embedding=True,
        init_std=size.width**-0.5, pad_token_id=pad, decoder_start_token_id=pad,
        eos_token_id=last, forced_eos_token_id=None,
        # CTranslate2 asks for these two, which the class means anyway.
        normalize_before=True, normalize_embedding=False,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        module = transformers.PegasusForConditionalGeneration(config)
    return EncoderDecoder(module, tokenizer, target_tokenizer)


def set_dropout(module: Any, share: float) -> None:
    """Set what a step leaves out, in place; the configuration stays as it is.

    Of attention nothing is left out: a processor has no fast way to do so.

    Parameters
    ----------
    module
        A model of transformers.
    share
        The share of numbers.
    """
    for name, part in module.named_modules():
        own = name.rpartition(".")[2].lower()
        is_attention = "attn" in own or "attention" in own
        if isinstance(part, torch.nn.Dropout):
            part.p = share
        elif isinstance(getattr(part, "dropout", None), float):
            part.dropout = 0.0 if is_attention else share
