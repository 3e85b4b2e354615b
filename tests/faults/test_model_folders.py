"""Models of others: nothing in them runs, and what is damaged is told by name."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import safetensors.torch
import torch
from safetensors.numpy import load_file, save_file
from tests import small_encoders

from lexloom.contextual.encoder import Encoder
from lexloom.contextual.language_models.folder_opening import open_folder
from lexloom.contextual.model_folder import download, open_model_folder
from lexloom.errors import (
    DamagedError,
    FormatError,
    LexloomError,
    SettingError,
    StorageError,
    UnsafeFileError,
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return small_encoders.save(tmp_path_factory.mktemp("models") / "sound")


@pytest.fixture
def folder(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "model")


def edit(path, **fields):
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}), encoding="utf-8")


def test_a_sound_folder_opens(folder):
    assert Encoder.load(folder).width == 16


@pytest.mark.parametrize(
    ("field", "kind", "told"),
    [
        ({"auto_map": {"AutoModel": "evil.Model"}}, UnsafeFileError, "auto_map asks for code"),
        ({"custom_pipelines": {}}, UnsafeFileError, "custom_pipelines asks for code"),
        ({"quantization_config": {"bits": 4}}, FormatError, "full precision"),
        ({"model_type": "no-such-model"}, FormatError, "transformers cannot open it"),
        ({"model_type": 5}, FormatError, "model_type must be a name"),
        ({"hidden_size": "wide"}, FormatError, "transformers cannot open it"),
        ({"hidden_size": 32}, DamagedError, "asks for 19,264 numbers, its files hold 7,616"),
        ({"num_hidden_layers": 10**9}, FormatError, "must be at most 1,000, got 1,000,000,000"),
        ({"vocab_size": 10**12}, DamagedError, "asks for 16,0"),
        ({"vocab_size": 7}, DamagedError, "holds in another shape"),
    ],
)
def test_a_strange_configuration_is_refused(folder, field, kind, told):
    edit(folder / "config.json", **field)
    with pytest.raises(kind, match=told):
        Encoder.load(folder)


def test_weights_of_another_name_are_missed(folder):
    tensors = load_file(folder / "model.safetensors")
    tensors["strange"] = tensors.pop("encoder.layer.1.output.dense.bias")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(DamagedError, match="lacks 1 weights of a bert: encoder"):
        Encoder.load(folder)


def test_a_tokenizer_that_asks_for_code_is_refused(folder):
    edit(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Tokenizer", None]})
    with pytest.raises(UnsafeFileError, match="auto_map"):
        Encoder.load(folder)


def test_weights_in_a_pickle_are_refused(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(UnsafeFileError, match="a pickle: opening it can run code"):
        Encoder.load(folder)


def test_a_folder_without_its_files_is_told(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match=r"no config\.json; it holds nothing"):
        open_model_folder(tmp_path / "empty")
    with pytest.raises(FormatError, match="this is a file"):
        open_model_folder(folder / "config.json")
    with pytest.raises(StorageError):
        open_model_folder(tmp_path / "nowhere")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(FormatError, match="no tokenizer"):
        Encoder.load(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(FormatError, match=r"no model\.safetensors"):
        Encoder.load(folder)


def test_links_must_stay_inside(folder, tmp_path):
    (folder / "tokenizer.json").rename(tmp_path / "elsewhere.json")
    (folder / "tokenizer.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(UnsafeFileError, match="leads out of the folder"):
        Encoder.load(folder)


def test_links_of_the_hub_s_cache_are_followed(folder, tmp_path):
    snapshot = tmp_path / "models--me--mine" / "snapshots" / "1a2b"
    snapshot.parent.mkdir(parents=True)
    folder.rename(snapshot)
    blobs = snapshot.parent.parent / "blobs"
    blobs.mkdir()
    (snapshot / "model.safetensors").rename(blobs / "5f3c")
    (snapshot / "model.safetensors").symlink_to(blobs / "5f3c")
    assert Encoder.load(snapshot).width == 16


def test_an_adapter_is_no_model(folder):
    (folder / "adapter_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(FormatError, match="adapter"):
        Encoder.load(folder)


def test_more_pieces_than_rows_are_refused(folder):
    path = folder / "tokenizer.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["model"]["vocab"]["zebra"] = n_rows = len(told["model"]["vocab"])
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(DamagedError, match=f"up to number {n_rows:,}"):
        Encoder.load(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_cut_file_is_told_wherever_it_is_cut(folder, name):
    whole = (folder / name).read_bytes()
    cuts = np.linspace(0, len(whole) - 3, 12, dtype=int)
    for end in cuts:
        (folder / name).write_bytes(whole[:end])
        with pytest.raises((DamagedError, FormatError), match=name.split(".")[0]):
            Encoder.load(folder)


def test_weights_in_several_files_are_opened_and_counted(folder):
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    places = {}
    for number, name in enumerate(sorted(tensors)):
        file = f"model-{number % 2}.safetensors"
        places[name] = file
    for file in set(places.values()):
        part = {name: tensors[name] for name, place in places.items() if place == file}
        save_file(part, folder / file, metadata={"format": "pt"})
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": places}), encoding="utf-8")
    assert Encoder.load(folder).width == 16
    (folder / "model-1.safetensors").unlink()
    with pytest.raises(DamagedError, match=r"holds no file model-1\.safetensors"):
        Encoder.load(folder)


def test_how_texts_are_pooled_is_read(folder):
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (folder / "1_Pooling").mkdir()
    said = folder / "1_Pooling" / "config.json"
    said.write_text(json.dumps({"pooling_mode_cls_token": True}), encoding="utf-8")
    found = open_model_folder(folder)
    assert (found.pooling, found.normalizes) == ("cls", True)
    assert Encoder.load(folder).reading.texts == "cls"
    assert np.linalg.norm(Encoder.load(folder).embed_texts(["a"])) == pytest.approx(1, abs=1e-5)
    said.write_text(json.dumps({"pooling_mode_weightedmean_tokens": True}), encoding="utf-8")
    with pytest.raises(FormatError, match="its pooling is none of"):
        Encoder.load(folder)
    modules[1]["path"] = "../../etc"
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    with pytest.raises(UnsafeFileError, match="leads out"):
        Encoder.load(folder)
    modules[1]["type"] = "sentence_transformers.models.Dense"
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    with pytest.raises(FormatError, match="go through Dense too"):
        Encoder.load(folder)


def test_any_flipped_byte_of_a_configuration_is_ours_to_tell(folder):
    """Whatever is wrong there, it is told as one of our errors."""
    path = folder / "config.json"
    whole = path.read_bytes()
    refused = 0
    places = range(0, len(whole), 23)
    for place in places:
        path.write_bytes(whole[:place] + b"{" + whole[place + 1 :])
        try:
            assert Encoder.load(folder).width == 16  # the byte said nothing that counts
        except LexloomError:
            refused += 1
    assert len(places) / 2 < refused <= len(places)


def test_nothing_is_fetched_unless_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(StorageError, match=r"does not exist|No such file"):
        Encoder.load("intfloat/multilingual-e5-small")
    with pytest.raises(StorageError, match="cannot be fetched from the hub"):
        download("intfloat/multilingual-e5-small")
    with pytest.raises((StorageError, SettingError)):
        download("no name at all!")


def test_weights_of_half_size_are_read(folder):
    exact = Encoder.load(folder).embed_texts(["the cat"])
    tensors = safetensors.torch.load_file(folder / "model.safetensors")
    for kind in (torch.bfloat16, torch.float16):
        halved = {name: tensor.to(kind) for name, tensor in tensors.items()}
        path = folder / "model.safetensors"
        safetensors.torch.save_file(halved, path, metadata={"format": "pt"})
        assert Encoder.load(folder).embed_texts(["the cat"]) == pytest.approx(exact, abs=0.05)
        roles = {"unk_token": "[UNK]", "pad_token": "[PAD]", "mask_token": "[MASK]"}
        edit(folder / "tokenizer_config.json", **roles, cls_token="[CLS]", sep_token="[SEP]")
        module, _, is_new = open_folder(folder)
        assert is_new and next(module.parameters()).dtype == torch.float32
        for name, p in module.named_parameters():
            if (place := name.removeprefix("bert.")) in halved:
                assert torch.equal(p, halved[place].float())
