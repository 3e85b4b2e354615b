"""All cores this process may use, unless told."""

import os

from lexloom.threads import n_threads_of


def test_all_cores_unless_told(monkeypatch):
    assert n_threads_of(3) == 3
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {4, 7, 9}, raising=False)
    assert n_threads_of() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert n_threads_of(None) == 1
