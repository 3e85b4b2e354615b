"""Lower layers learn more slowly, whatever an architecture calls them."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("transformers", reason="needs lexloom[contextual]")

import transformers  # the same

from lexloom.errors import SettingError  # the same
from lexloom.finetuning.sequence_learning import _shares  # the same

SMALL: dict[str, Any] = {"vocab_size": 30, "num_hidden_layers": 2, "num_attention_heads": 2}


@pytest.mark.parametrize(
    ("kind", "settings", "layer"),
    [
        ("BERT", {**SMALL, "hidden_size": 8, "intermediate_size": 8}, "encoder.layer.{}."),
        ("ModernBERT", {**SMALL, "hidden_size": 8, "intermediate_size": 8}, "layers.{}."),
        ("DistilBERT", {"vocab_size": 30, "dim": 8, "n_layers": 2, "n_heads": 2}, "layer.{}."),
        ("GPT2", {"vocab_size": 30, "n_embd": 8, "n_layer": 2, "n_head": 2}, "h.{}."),
        ("T5", {"vocab_size": 30, "d_model": 8, "num_layers": 2}, "encoder.block.{}."),
    ],
)
def test_each_layer_has_its_share(kind: str, settings: dict[str, Any], layer: str):
    config = getattr(transformers, f"{kind.replace('BERT', 'Bert')}Config")(
        **settings, pad_token_id=0
    )
    names = [
        f"body.{name}" for name, _ in transformers.AutoModel.from_config(config).named_parameters()
    ]
    found = _shares([*names, "layer.weight"], 0.5)
    assert found.keys() == set(names)
    for number, share in enumerate((0.25, 0.5)):
        own = {found[name] for name in names if layer.format(number) in name}
        assert own == {share}
    assert found[names[0]] == 0.125
    last = [name for name in names if "final_norm" in name or "ln_f" in name or "final_lay" in name]
    assert bool(last) == (kind in {"ModernBERT", "GPT2", "T5"})
    assert all(found[name] == 1 for name in last)


def test_layers_without_numbers_cannot_differ():
    names = ["body.words.weight", "layer.0.weight"]
    assert _shares(names, 1.0) == {}
    with pytest.raises(SettingError, match=r"layer_decay must be 1 .* got 0\.9"):
        _shares(names, 0.9)
