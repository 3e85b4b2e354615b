"""Guessing how a text is cut into words."""

from __future__ import annotations

import pytest

from lexloom.text.language import guess_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("房间很干净，服务也不错。下次还会再来！", "zh"),
        ("我用iPhone 15拍了一张照片，效果非常好", "zh"),
        ("房间 很 干净 ， 服务 也 不错 。 下次 还 会 再 来", "spaces"),
        ("The room was clean, and it's cheap.", "en"),
        ("Le café était très bon", "en"),
        ("Комната была чистой", "en"),
        ("오늘 날씨가 아주 좋습니다", "en"),
        ("The word 你好 means hello in Chinese, as everybody knows.", "en"),
        ("", "en"),
        ("12 34 !!", "en"),
    ],
)
def test_guess(text: str, language: str):
    assert guess_language(text) == language
