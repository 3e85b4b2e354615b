"""Advice for Python, told in options."""

from __future__ import annotations

import pytest

from lexloom.cli.wording import advice


@pytest.mark.parametrize(
    ("verb", "fix", "told"),
    [
        ("neighbors", "Re-export, or pass limit=3.", "Re-export, or pass --limit 3."),
        ("convert", "Or pass limit= to read the rows.", "Or pass --limit to read the rows."),
        ("convert", "Pass encoding='gb18030'.", "Pass --encoding gb18030."),
        ("finetune tag", "Give more, or dev= (--dev).", "Give more, or --dev."),
        ("finetune match", "Or batch=54 (--batch 54).", "Or --batch 54."),
        ("convert", "Pass format='glove'.", "Pass --read-as glove."),
        ("convert", "Or pass format=.", "Or pass --write-as."),
        ("corpus", "Pass format='csv'.", "Pass --format csv."),
        ("corpus", "Start again without resume=True.", "Start again without --resume."),
        ("corpus", "Pass lowercase=False.", "Pass --no-lowercase."),
        ("train word2vec", "Fewer (max_words=).", "Fewer (--max-words)."),
        ("corpus", "Use --force (force=True in Python).", "Use --force."),
        ("corpus", "Use force=True (--force).", "Use --force."),
        ("corpus", "Or --resume (resume=True) goes on.", "Or --resume goes on."),
        ("show", "Nothing to say.", "Nothing to say."),
        ("embed", "If it is on the hub: hub=True (--hub).", "If it is on the hub: --hub."),
        ("senses", "If it is on the hub: hub=True (--hub).", ""),
        ("show", "Mend it. Or pass force=True (--force). Or wait.", "Mend it. Or wait."),
        ("show", "Pass threads=1.", "Pass threads=1."),
        ("train word2vec", "Pass frozen=['pan'].", "Pass frozen=['pan']."),
        (
            "neighbors",
            "Pass on_duplicate='first' or 'last'.",
            "Pass --on-duplicate first or 'last'. (--on-duplicate: of lexloom convert)",
        ),
        (
            "evaluate",
            "Or read the rows before it (limit=2).",
            "Or read the rows before it (--limit 2). (--limit: of lexloom convert)",
        ),
    ],
)
def test_advice_names_the_options_of_the_verb(verb: str, fix: str, told: str):
    assert advice(fix, verb.split()) == told


def test_a_command_that_names_no_verb_has_no_options():
    assert advice("Pass limit=3.", ["nonsense"]) == "Pass limit=3."
