"""A short text keeps all its sentences."""

import pytest

from lexloom.training.holding_out import held_out_share


@pytest.mark.parametrize(
    ("n_sentences", "share"), [(0, 0.0), (999, 0.0), (1_000, 0.01), (1_000_000, 0.01)]
)
def test_nothing_is_set_aside_of_a_short_text(n_sentences: int, share: float):
    assert held_out_share(0.01, n_sentences) == share
