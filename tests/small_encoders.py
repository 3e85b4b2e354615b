"""Encoders of a few numbers, made on the spot: a tokenizer of each kind, a body drawn at random."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

TEXT = [
    "the cat sat on the mat, and it's a good cat!",
    "I can't believe the price: 3.14 dollars for apples",
    "苹果公司发布了新手机，价格很贵。",
    "我喜欢吃苹果和香蕉，你好 世界",
    "the new phone of Apple is très bien café",
] * 4


def _word_piece() -> tuple[Tokenizer, Any]:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer, trainers.WordPieceTrainer


def _bpe() -> tuple[Tokenizer, Any]:
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer, trainers.BpeTrainer


def _byte_level() -> tuple[Tokenizer, Any]:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer, trainers.BpeTrainer


def _unigram() -> tuple[Tokenizer, Any]:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer, trainers.UnigramTrainer


def _characters() -> tuple[Tokenizer, Any]:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    return tokenizer, trainers.WordPieceTrainer


KINDS = {
    "wordpiece": _word_piece,
    "bpe": _bpe,
    "byte-level bpe": _byte_level,
    "unigram": _unigram,
    "characters": _characters,
}
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def tokenizer(kind: str, *, framed: bool = True) -> Tokenizer:
    """Train a tokenizer of a kind on a few sentences."""
    made, trainer = KINDS[kind]()
    settings = {"vocab_size": 300, "special_tokens": SPECIAL, "show_progress": False}
    if kind == "unigram":
        settings["unk_token"] = "[UNK]"
    if kind == "byte-level bpe":
        settings["initial_alphabet"] = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(TEXT, trainer(**settings))
    if framed:
        frame = [(name, made.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
        made.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=frame
        )
    return made


def save(
    folder: Path, kind: str = "wordpiece", *, positions: int = 64, framed: bool = True
) -> Path:
    """Write a tiny BERT with a tokenizer of a kind in Hugging Face's layout."""
    made = tokenizer(kind, framed=framed)
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=made.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=positions,
        pad_token_id=0,
    )
    transformers.BertModel(config, add_pooling_layer=False).eval().save_pretrained(folder)
    (folder / "tokenizer.json").write_text(made.to_str(), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"model_max_length": positions}), encoding="utf-8"
    )
    return folder
