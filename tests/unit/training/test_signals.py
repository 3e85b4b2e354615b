"""Requests to end are noted, the second one obeyed at once, and all is as before afterwards."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from lexloom.training.signals import Interrupted, Requests, listening

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_the_first_is_noted_the_second_obeyed(name: str):
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with listening() as requests:
        assert requests.number is None
        os.kill(os.getpid(), number)
        assert requests.number == number
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


@posix
def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with listening() as requests:
            os.kill(os.getpid(), signal.SIGHUP)
            assert requests.number is None
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_outside_the_main_thread_nothing_is_noted():
    before = signal.getsignal(signal.SIGINT)
    seen: list[Requests] = []

    def work() -> None:
        with listening() as requests:
            seen.append(requests)
            assert signal.getsignal(signal.SIGINT) is before

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen[0].number is None


def test_an_interruption_is_a_keyboard_interrupt_with_a_code():
    interrupted = Interrupted("saved.", 15)
    assert isinstance(interrupted, KeyboardInterrupt)
    assert (str(interrupted), interrupted.exit_code) == ("saved.", 143)
