"""Vectors small enough to check by hand, and large enough to search."""

import numpy as np
import pytest

from lexloom.vectors.word_vectors import WordVectors


@pytest.fixture
def fruit() -> WordVectors:
    matrix = np.array([[1, 0.5, -0.3], [-0.3, 0.7, 0.2], [0.1, -0.2, 0.5]], np.float32)
    return WordVectors(["apple", "banana", "orange"], matrix, counts=[60, 30, 10])


@pytest.fixture(scope="session")
def many() -> WordVectors:
    matrix = np.random.default_rng(0).standard_normal((5000, 20), np.float32)
    return WordVectors([f"w{i}" for i in range(5000)], matrix)
