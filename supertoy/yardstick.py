"""The yardstick for lists of words: which belong together by WordNet, which is made by people and knows no network."""

import lzma
from collections import Counter
from importlib.resources import files
from itertools import chain
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from supertoy._checks import whole_number


class WordEntry(NamedTuple):
    """What WordNet says of a word: its base form, its family, and the categories that one of its senses falls under.

    A family is named after its most frequent word; inflections and derivations join its words: *install*,
    *installed*, *installation*.
    """

    lemma: str
    family: str
    categories: frozenset[str]


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
