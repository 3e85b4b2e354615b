"""From words to an exit code: 0 done, 1 data or model at fault, 2 the command, 130, 143."""

from __future__ import annotations

import _thread
import contextlib
import os
import re
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any, cast

from cyclopts import CycloptsError

from lexloom.cli import configuration
from lexloom.cli.app import build
from lexloom.cli.options import STANDARD_INPUT
from lexloom.cli.terminal import make_streams_safe, write_error
from lexloom.cli.wording import advice
from lexloom.errors import LexloomError, MissingWordError, SettingError
from lexloom.training.signals import Interrupted

__all__ = ["run"]

INTERRUPTED = 130
TERMINATED = 143
_TORCH_ASKS = re.compile(r"you tried to allocate \d+ bytes|Tried to allocate [\d.]+ \w+")


def run(words: Sequence[str]) -> int:
    """Run the command line on some words and give its exit code; errors go to standard error."""
    make_streams_safe()
    options = set(words[: words.index("--")] if "--" in words else words)
    as_json, debug = "--json" in options, "--debug" in options
    with _signals(), warnings.catch_warnings():
        warnings.showwarning = _warning_shower(as_json)
        try:
            return _obey(words)
        except LexloomError as error:
            # The nearest spellings are words of a person's own, whatever they look like.
            if not isinstance(error, MissingWordError):
                error.fix = advice(error.fix, words)
            return _report(error, as_json=as_json, debug=debug)
        except BrokenPipeError:
            # The reader has seen enough (`| head`): that is no fault.
            _let_go(sys.stdout)
            return 0
        except OSError as error:
            _let_go(sys.stdout)
            place = error.filename or "standard output"
            known = LexloomError(f"{error.strerror or error}.", path=place)
            return _report(known, as_json=as_json, debug=debug)
        except KeyboardInterrupt as error:
            told = advice(" ".join(str(part) for part in error.args), words)
            return _report_interruption(error, told, as_json=as_json)
        except Exception as error:  # noqa: BLE001  # the last door: a defect of ours is told too
            told = _too_large(error, words) or LexloomError(
                f"{type(error).__name__}: {error}.",
                "This is a defect of lexloom: --debug shows where.",
            )
            told.__cause__ = error
            return _report(told, as_json=as_json, debug=debug)


def _too_large(error: Exception, words: Sequence[str]) -> LexloomError | None:
    """Tell of memory that was not to be had, also as torch says so."""
    is_torch = _TORCH_ASKS.search(str(error)) if isinstance(error, RuntimeError) else None
    if not is_torch and not isinstance(error, MemoryError):
        return None
    fix = "lexloom check FILE: what it takes."
    if "finetune" in words[:1]:
        fix = "Pass a smaller --batch-pieces, then a smaller --longest or --batch."
    said = is_torch.group() if is_torch else str(error).strip()
    return LexloomError(f"out of memory: {said}." if said else "out of memory.", fix)


def _obey(words: Sequence[str]) -> int:
    """Run the verb; a command that cannot be understood is a `SettingError`."""
    app = build()
    app.config = (configuration.apply,)
    try:
        tokens = [STANDARD_INPUT if word == "-" else word for word in words]
        code = app(tokens, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        raise _misunderstood(error) from error
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _misunderstood(error: CycloptsError) -> SettingError:
    """Turn cyclopts' complaint into ours, with the way to the help of the verb."""
    # A setting that the library refuses comes wrapped.
    if isinstance(error.__cause__, SettingError):
        return error.__cause__
    chain = " ".join(error.command_chain or ())
    what = " ".join(str(error).split())
    return SettingError(what, f"See {' '.join(f'lexloom {chain}'.split())} --help.")


def _report(error: LexloomError, *, as_json: bool, debug: bool) -> int:
    """Write one error: a line, or an object; with the traceback if asked."""
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    fields = {**error.as_dict(), "exit_code": error.exit_code}
    write_error(fields, f"error: {error}", as_json=as_json)
    return error.exit_code


def _report_interruption(error: KeyboardInterrupt, told: str, *, as_json: bool) -> int:
    """Say that it was interrupted, and what the library says of going on."""
    code = getattr(error, "exit_code", INTERRUPTED)
    what = "terminated" if code == TERMINATED else "interrupted"
    fields = {"error": type(error).__name__, "what": f"{what}.", "fix": told, "exit_code": code}
    write_error(fields, f"{what}. {told}".rstrip(), as_json=as_json)
    return code


def _let_go(stream: Any) -> None:
    """Point a broken stream at nothing, so that Python's own flush at the end cannot fail too."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def _warning_shower(as_json: bool) -> Any:
    """Make what shows a warning as one line, once however often it is given."""
    told: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *place: object) -> None:
        if str(message) in told:
            return
        told.add(str(message))
        fields = {"warning": category.__name__, "what": str(message)}
        write_error(fields, f"warning: {message}", as_json=as_json)

    return show


def _signal_main_thread(number: int) -> None:
    """Send the main thread a signal; where the system can, one that wakes it from waiting."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(cast(int, threading.main_thread().ident), number)
    else:
        _thread.interrupt_main(signal.Signals(number))


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """Leave on SIGINT and SIGTERM, tidily: what is being written is undone or kept whole."""

    def leave(number: int, frame: FrameType | None) -> None:
        def ask_again(lost: sys.UnraisableHookArgs) -> None:
            # The signal landed where Python drops what is raised, in a callback of the compiler
            # say. What else its destructors have to say then is no news.
            if isinstance(lost.exc_value, Interrupted):
                threading.Timer(0.02, _signal_main_thread, [number]).start()

        sys.unraisablehook = ask_again
        raise Interrupted("", number)

    if threading.current_thread() is not threading.main_thread():
        yield  # whoever runs us there has the signals
        return
    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    hook = sys.unraisablehook
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)
