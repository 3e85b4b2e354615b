"""Settings from a file: a table for each verb, and a slip is shown where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def write(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_gives_settings_and_the_command_line_wins(cli: Cli, here: Path):
    path = write(here, '[corpus]\nmin_count = 3\nlanguage = "en"\n\n[evaluate]\nseed = 3\n')
    assert cli("corpus", "rooms.txt", "--out", "a", "--config", path).code == 0
    assert cli("corpus", "rooms.txt", "--out", "b", "--config", path, "--min-count", "1").code == 0
    shown = [cli("show", name, "--json").data["settings"] for name in ("a", "b")]
    assert [each["selection"]["min_count"] for each in shown] == [3, 1]
    assert [each["segmentation"]["language"] for each in shown] == ["en", "en"]


def test_names_may_be_written_as_flags_too(cli: Cli, here: Path):
    path = write(here, "[corpus]\nmin-count = 2\n")
    assert cli("corpus", "rooms.txt", "--out", "a", "--config", path).code == 0
    assert cli("show", "a", "--json").data["settings"]["selection"]["min_count"] == 2


def test_a_file_without_the_verb_changes_nothing(cli: Cli, vectors: Path, here: Path):
    path = write(here, "[corpus]\nmin_count = 3\n")
    assert cli("neighbors", vectors, "apple", "--config", path).code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '# mine\n[corpus]\nlanguage = "en"\nmin_cuont = 3\n',
            "settings.toml, line 4: [corpus] has no setting 'min_cuont'. Did you mean 'min_count'?",
        ),
        (
            "[corpsu]\nmin_count = 3\n",
            "settings.toml, line 1: there is no verb 'corpsu'. Did you mean 'corpus'?",
        ),
        (
            "[train.word2vek]\nwidth = 3\n",
            "settings.toml, line 1: [train] has no setting 'word2vek'. Did you mean 'word2vec'?",
        ),
        (
            "[corpus]\nmin_count = \n",
            "settings.toml, line 2: this is no TOML: Invalid value.",
        ),
    ],
)
def test_a_slip_is_shown_where_it_stands(cli: Cli, here: Path, text: str, message: str):
    write(here, text)
    answer = cli("corpus", "rooms.txt", "--out", "a", "--config", "settings.toml")
    assert (answer.code, answer.err) == (2, f"error: {message}\n")
    assert not (here / "a").exists()


def test_a_value_out_of_range_is_refused_by_the_library(cli: Cli, here: Path):
    path = write(here, "[corpus]\nmin_count = 0\n")
    answer = cli("corpus", "rooms.txt", "--out", "a", "--config", path)
    assert (answer.code, answer.err) == (2, "error: min_count must be at least 1, got 0.\n")


def test_a_missing_file_is_told(cli: Cli, here: Path):
    answer = cli("corpus", "rooms.txt", "--out", "a", "--config", "nowhere.toml")
    assert answer.code == 2
    assert answer.err == (
        "error: nowhere.toml: does not exist. The folder '.' holds 1 other names.\n"
    )
    (here / "settings.toml").mkdir()
    answer = cli("corpus", "rooms.txt", "--out", "a", "--config", "settings.tml")
    assert answer.err == "error: settings.tml: does not exist. Did you mean settings.toml?\n"
    answer = cli("corpus", "rooms.txt", "--out", "a", "--config", "settings.toml")
    assert (answer.code, answer.err) == (
        2,
        "error: settings.toml: cannot be read: Is a directory.\n",
    )


def test_a_file_in_another_encoding_is_told(cli: Cli, here: Path):
    (here / "settings.toml").write_bytes('[corpus]\nlanguage = "中"\n'.encode("gbk"))
    answer = cli("corpus", "rooms.txt", "--out", "a", "--config", "settings.toml")
    assert answer.code == 2
    assert (
        answer.err == "error: settings.toml, byte 21: expected TOML in UTF-8. Save it as UTF-8.\n"
    )
