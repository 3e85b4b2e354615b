"""Devices: how exactly to compute is measured."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'lexloom[neural]'")

from lexloom.training import devices  # noqa: E402  # torch may be missing


@pytest.mark.parametrize(("seconds", "expected"), [(0.5, "bfloat16"), (0.95, "float32")])
def test_half_precision_is_taken_where_it_is_faster(
    monkeypatch: pytest.MonkeyPatch, seconds: float, expected: str
):
    measured = {torch.float32: 1.0, torch.bfloat16: seconds}
    monkeypatch.setattr(devices, "_product_seconds", lambda device, kind: measured[kind])
    assert devices.faster_precision(torch.device("cpu")) == expected
