"""Which transformers there are: how one is built, and where its body ends and its head begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lexloom.contextual.language_models.sizes import Shape
from lexloom.errors import FormatError, MissingExtraError, SettingError

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

__all__ = [
    "CAUSAL",
    "HEADS",
    "MASKED",
    "body_of",
    "build",
    "head_names",
    "head_of",
    "import_transformers",
    "new_config",
    "set_dropout",
    "usable_positions",
]

_TIMES_AS_WIDE = 4

HEADS: Mapping[str, tuple[str, ...]] = {
    "bert": ("cls",),
    "roberta": ("lm_head",),
    "xlm-roberta": ("lm_head",),
    "modernbert": ("head", "decoder"),
    "gpt2": ("lm_head",),
    "llama": ("lm_head",),
    "qwen2": ("lm_head",),
    "qwen3": ("lm_head",),
}
"""Model type → the modules that its last vectors go through to become scores of pieces."""

MASKED = ("bert", "modernbert", "roberta", "xlm-roberta")
CAUSAL = ("gpt2", "llama", "qwen2", "qwen3")
_COUNTS_FROM_PADDING = ("roberta", "xlm-roberta")


def import_transformers() -> Any:
    """Import the library that has the models.

    Returns
    -------
    Any
        The module.

    Raises
    ------
    MissingExtraError
        If it or torch is not installed.
    """
    try:
        import torch  # noqa: F401  # transformers without it fails much later
        import transformers
    except ImportError as error:
        raise MissingExtraError(
            "contextual models need torch and transformers.", "pip install 'lexloom[contextual]'"
        ) from error
    return transformers


def new_config(shape: Shape, ids: Mapping[str, int | None]) -> Any:
    """Describe a model from scratch in the words of transformers.

    Parameters
    ----------
    shape
        How large it is.
    ids
        The special tokens by what they are for: ``pad``, ``first``, ``last``.

    Returns
    -------
    Any
        A configuration.

    Raises
    ------
    SettingError
        If the width cannot be shared out evenly among the heads.
    """
    if shape.width % shape.heads:
        raise SettingError(
            f"width must be a multiple of heads, got {shape.width} and {shape.heads}."
        )
    if shape.architecture in {"modernbert", "llama"} and shape.width // shape.heads % 2:
        raise SettingError(
            "a head must have an even width to be turned by its position, got "
            f"{shape.width // shape.heads}.",
            "Pass another width or number of heads.",
        )
    from transformers import BertConfig, GPT2Config, LlamaConfig, ModernBertConfig

    special: dict[str, Any] = {
        "pad_token_id": ids["pad"], "bos_token_id": ids["first"], "eos_token_id": ids["last"]
    }  # fmt: skip
    wide = _TIMES_AS_WIDE * shape.width
    if shape.architecture == "gpt2":
        return GPT2Config(
            vocab_size=shape.n_pieces, n_positions=shape.positions, n_embd=shape.width,
            n_layer=shape.layers, n_head=shape.heads, n_inner=wide, resid_pdrop=shape.dropout,
            embd_pdrop=shape.dropout, attn_pdrop=0.0, tie_word_embeddings=True, **special,
        )  # fmt: skip
    same: dict[str, Any] = {
        "vocab_size": shape.n_pieces, "hidden_size": shape.width,
        "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads,
        "max_position_embeddings": shape.positions, "tie_word_embeddings": True, **special,
    }  # fmt: skip
    if shape.architecture == "llama":
        # Three matrices of two thirds take as much as two whole ones (Shazeer 2020).
        return LlamaConfig(intermediate_size=2 * wide // 3, **same)
    if shape.architecture == "modernbert":
        dropouts: dict[str, Any] = dict.fromkeys(
            ("embedding_dropout", "mlp_dropout"), shape.dropout
        )
        framed: dict[str, Any] = {"cls_token_id": ids["first"], "sep_token_id": ids["last"]}
        return ModernBertConfig(intermediate_size=2 * wide // 3, **same, **dropouts, **framed)
    return BertConfig(
        intermediate_size=wide, hidden_dropout_prob=shape.dropout,
        attention_probs_dropout_prob=0.0, **same,
    )  # fmt: skip


def build(config: Any) -> Module:
    """Make a model with its head, its weights drawn from torch's random numbers.

    Parameters
    ----------
    config
        Its configuration.

    Returns
    -------
    Module
        The model, in float32.

    Raises
    ------
    FormatError
        If it is of a type that this version does not know.
    """
    if config.model_type not in HEADS:
        known = ", ".join(sorted(HEADS))
        raise FormatError(f"this is a {config.model_type!r}; models of {known} are known.")
    from transformers import AutoModelForCausalLM, AutoModelForMaskedLM

    kind = AutoModelForMaskedLM if config.model_type in MASKED else AutoModelForCausalLM
    module = kind.from_config(config, attn_implementation="sdpa")
    # Sequences are full: a piece that looks like padding is none, and nobody is to be warned of it.
    module.base_model.warn_if_padding_and_no_attention_mask = lambda *_: None
    return module


def body_of(module: Any) -> Callable[..., Tensor]:
    """Give what turns ids of pieces into vectors.

    Parameters
    ----------
    module
        A model that `build` made.

    Returns
    -------
    Callable
        From int64 (B, T) to float32 (B, T, D); ``attention_mask`` and ``position_ids`` may be said.
    """
    body = module.base_model
    # A cache of what was seen before is of no use in one pass, and takes memory.
    kept = {"use_cache": False} if module.config.model_type in CAUSAL else {}
    return lambda ids, **said: body(input_ids=ids, **kept, **said).last_hidden_state


def head_of(module: Any) -> Callable[[Tensor], Tensor]:
    """Give what turns vectors into scores of pieces.

    Parameters
    ----------
    module
        A model that `build` made.

    Returns
    -------
    Callable
        From float32 (T, D) to float32 (T, V).
    """
    parts = [getattr(module, name) for name in HEADS[module.config.model_type]]

    def scores(vectors: Tensor) -> Tensor:
        for part in parts:
            vectors = part(vectors)
        return vectors

    return scores


def set_dropout(module: Any, share: float) -> None:
    """Set what a step leaves out, in place; the configuration stays as it is.

    Of attention nothing is left out: a processor has no fast way to do so.

    Parameters
    ----------
    module
        A model that `build` made.
    share
        The share of numbers.
    """
    from torch.nn import Dropout

    for name, part in module.named_modules():
        if isinstance(part, Dropout):
            in_attention = name.endswith(("attention.self.dropout", "attn_dropout"))
            part.p = 0.0 if in_attention else share


def head_names(module: Any) -> frozenset[str]:
    """Name the parameters of the head that are not those of the embeddings too.

    Parameters
    ----------
    module
        A model that `build` made.

    Returns
    -------
    frozenset of str
        Their names.
    """
    heads = tuple(f"{name}." for name in HEADS[module.config.model_type])
    return frozenset(name for name, _ in module.named_parameters() if name.startswith(heads))


def usable_positions(config: Any) -> int:
    """Give the length of the longest sequence that a model takes.

    Parameters
    ----------
    config
        Its configuration.

    Returns
    -------
    int
        T.
    """
    taken = 1 + (config.pad_token_id or 0) if config.model_type in _COUNTS_FROM_PADDING else 0
    return int(config.max_position_embeddings) - taken
