"""Causal models of a few numbers in Hugging Face's layout, made on the spot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
import transformers

from tests.small_encoders import tokenizer

KINDS = ("gpt2", "llama", "qwen2", "qwen3")


def config_of(kind: str, n_pieces: int, positions: int) -> Any:
    """Describe a model, with what the configurations of large ones say too."""
    if kind == "gpt2":
        return transformers.GPT2Config(
            vocab_size=n_pieces, n_positions=positions, n_embd=16, n_layer=2, n_head=2,
            bos_token_id=3, eos_token_id=3,
        )  # fmt: skip
    made = {
        "llama": transformers.LlamaConfig,
        "qwen2": transformers.Qwen2Config,
        "qwen3": transformers.Qwen3Config,
    }[kind]
    return made(
        vocab_size=n_pieces, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=positions,
        tie_word_embeddings=kind != "llama", **({"head_dim": 4} if kind == "qwen3" else {}),
    )  # fmt: skip


def save(folder: Path, kind: str = "gpt2", *, positions: int = 64, framed: bool = False) -> Path:
    """Write a tiny causal model whose pieces are bytes and some longer ones."""
    cutter = tokenizer("byte-level bpe", framed=framed)
    torch.manual_seed(1)
    config = config_of(kind, cutter.get_vocab_size() + 4, positions)
    transformers.AutoModelForCausalLM.from_config(config).eval().save_pretrained(folder)
    said = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if kind != "gpt2":  # as folders of some years ago have it
        said.pop("rope_parameters", None)
        said |= {"rope_theta": 10_000.0, "rope_scaling": None}
    (folder / "config.json").write_text(json.dumps(said), encoding="utf-8")
    (folder / "tokenizer.json").write_text(cutter.to_str(), encoding="utf-8")
    roles = {"eos_token": "[SEP]", "pad_token": "[PAD]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(roles), encoding="utf-8")
    return folder
