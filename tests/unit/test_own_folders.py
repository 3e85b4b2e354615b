"""What lies beside a result and is not ours stays where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lexloom import Corpus, TextClassifier, artefact
from lexloom.errors import StorageError

TEXTS = [(f"{word} room {n}", word) for n in range(20) for word in ("good", "bad")]


def test_a_folder_of_ours_is_taken_back_and_removed(tmp_path: Path):
    place = tmp_path / "a" / "b"
    for _ in range(2):
        artefact.claim(place)
    (place / "step").write_bytes(b"")
    artefact.claim(place)
    artefact.drop(place)
    assert not place.exists()
    artefact.drop(place)


def test_a_removal_that_was_killed_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    place = tmp_path / "it"
    artefact.claim(place)
    for name in ("a", "b"):
        (place / name).mkdir()

    def killed(folder: Path, **_: object) -> None:
        for path in folder.iterdir():
            if path.is_file():
                path.unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("shutil.rmtree", killed)
        artefact.drop(place)
    artefact.claim(place)
    artefact.drop(place)
    assert not place.exists()


def test_only_what_something_was_put_into_is_kept(tmp_path: Path):
    with artefact.claimed(tmp_path / "one"):
        pass
    with pytest.raises(KeyError), artefact.claimed(tmp_path / "other"):
        (tmp_path / "other" / "step").write_bytes(b"")
        raise KeyError
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def train(out: Path, **settings: Any) -> None:
    wishes = {name: settings.pop(name) for name in ("resume", "force") if name in settings}
    TextClassifier(model="fasttext", epochs=1, **settings).fit(TEXTS, out=out, **wishes)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("wishes", [{}, {"force": True}, {"resume": True}])
@pytest.mark.parametrize(
    ("beside", "make"),
    [
        ("training", train),
        ("tries", lambda out, **wishes: train(out, seeds=2, **wishes)),
        ("building", lambda out, **wishes: Corpus.build(["texts.txt"], out=out, **wishes)),
    ],
)
def test_a_persons_own_folder_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: str, make: Any, wishes: dict[str, bool]
):
    monkeypatch.chdir(tmp_path)
    Path("texts.txt").write_text("good room\n" * 20, encoding="utf-8")
    notes = tmp_path / f"tone.{beside}" / "notes.txt"
    notes.parent.mkdir()
    notes.write_text("mine", encoding="utf-8")
    with pytest.raises(StorageError, match=rf"tone\.{beside}: is in the way: it holds what"):
        make(tmp_path / "tone", **wishes)
    assert notes.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "tone").exists()


def test_nothing_is_made_within_an_artefact(tmp_path: Path):
    train(tmp_path / "tone")
    before = sorted(tmp_path.rglob("*"))
    for place in ("tone/deeper", "tone/model/a/b"):
        with pytest.raises(StorageError, match=r"lies within an artefact, .*tone"):
            train(tmp_path / place)
        with pytest.raises(StorageError, match="lies within an artefact"):
            Corpus.from_texts(["a b"], min_count=1).save(tmp_path / place)
    assert sorted(tmp_path.rglob("*")) == before
    (tmp_path / "manifest.json").write_text('{"name": "of another"}', encoding="utf-8")
    train(tmp_path / "other")
