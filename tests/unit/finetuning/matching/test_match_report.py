"""What is said of an encoder that became better, or worse."""

from __future__ import annotations

import pytest

from lexloom.evaluation.metrics.intervals import Estimate
from lexloom.finetuning.matching.match_report import MatchReport


@pytest.mark.parametrize(
    ("gain", "told"),
    [
        (Estimate(0.25, 0.125, 0.5), "it became better by 0.250 [0.125, 0.500]"),
        (Estimate(-0.25, -0.5, -0.125), "it became worse by 0.250 [0.125, 0.500]"),
        (Estimate(-0.25), "it became worse by 0.250"),
        (Estimate(None), "it became better by unknown"),
    ],
)
def test_worse_is_called_worse(gain: Estimate, told: str):
    half = Estimate(0.5)
    report = MatchReport(
        part="test", n=4, n_shared=0, measure="recall@1", figure=half, untouched=half, gain=gain,
        tf_idf=half, others={}, widths=(),
    )  # fmt: skip
    assert any(line.endswith(told) for line in report.lines())
