"""NeuronBrowser: the words that excite each neuron of a real network, to search and to judge."""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from matplotlib.figure import Figure

from supertoy.plots import BLUE, GREEN, GREY, ORANGE, PURPLE
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Records, Text, Whole

GROUPS = (ORANGE, BLUE, GREEN, PURPLE)
MOST_NEURONS, MOST_WORDS = 2000, 40
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ."  # of groups; the last one is for −1, no group
LISTS = {"words": str, "values": (int, float), "groups": int}


def _is_neuron(record: Any) -> bool:
    """Whether it is {"id", "words", "values", "groups", "count"}, the three lists of one length."""
    if not isinstance(record, dict) or set(record) - {"count"} != {"id", *LISTS}:
        return False
    lists = [record[name] for name in LISTS]
    if not all(isinstance(items, list) for items in lists) or len(set(map(len, lists))) != 1:
        return False
    plain = all(isinstance(x, kind) and type(x) is not bool for name, kind in LISTS.items() for x in record[name])
    whole = all(type(x) is int and 0 <= x <= 10**6 for x in (record["id"], record.get("count", 0)))
    inside = plain and all(map(math.isfinite, record["values"])) and all(-1 <= g < 26 for g in record["groups"])
    inside = inside and not any("\n" in word for word in record["words"])
    return whole and inside and 1 <= len(lists[0]) <= MOST_WORDS


def _packed(neurons: list[dict]) -> dict[str, Any]:
    """Records as columns, which compress to four fifths; values as steps down in hundredths."""
    rows = [[round(100 * v) for v in record["values"]] for record in neurons]
    steps = [before - now for row in rows for before, now in zip([0, *row], row, strict=False)]
    return {
        "ids": [record["id"] for record in neurons],
        "sizes": list(map(len, rows)),
        "counts": [record.get("count", -1) for record in neurons],
        "words": "\n".join(word for record in neurons for word in record["words"]),
        "steps": steps,
        "groups": "".join(LETTERS[group] for record in neurons for group in record["groups"]),
    }


def _unpacked(columns: dict[str, Any]) -> list[dict]:
    """The records that `_packed` has packed."""
    neurons, at, words = [], 0, columns["words"].split("\n")
    groups = [LETTERS.index(letter, 0, 26) if letter != "." else -1 for letter in columns["groups"]]
    for id_, size, count in zip(columns["ids"], columns["sizes"], columns["counts"], strict=True):
        part = slice(at, at + size)
        values = [-total / 100 for total in accumulate(columns["steps"][part])]
        record = {"id": id_, "words": words[part], "values": values, "groups": groups[part]}
        neurons.append(record if count < 0 else record | {"count": count})
        at += size
    if not at == len(groups) == len(columns["steps"]):
        raise ValueError(f"sizes must add up to the number of groups and of steps, got {at}")
    return neurons


class _Neurons(Records):
    rule = f"up to {MOST_NEURONS} records of id, words, values and groups, the last three of one length"

    def validate(self, obj: Any, value: Any) -> list:
        """The records."""
        neurons = value
        if isinstance(value, dict):
            try:
                neurons = _unpacked(value)
            except (AttributeError, KeyError, TypeError, ValueError):
                self.refuse(value)
        good = isinstance(neurons, list) and len(neurons) <= MOST_NEURONS and all(map(_is_neuron, neurons))
        ids = [record["id"] for record in neurons] if good else [0, 0]
        return neurons if len(set(ids)) == len(ids) else self.refuse(value)


class NeuronBrowser(Widget):
    """The words that excite each neuron most, those of one group in one colour: search by word, or by number.

    Attributes:
        neurons: up to 2,000 records {"id": number, "words": the words, the most exciting first, "values": the
            activation on each, "groups": for each word the number of its group (0 to 25), −1 where it is in none,
            "count": how many groups the rule found, which may be among more words than these; it may be left out}.
        selected: the id of the neuron that is shown; the first one where there is none of that id.
        query: what is searched for: the beginning of a word, or a number.

    Raises `ValueError` if a value breaks its rule. Source: Elhage et al. (2022), "Demonstrating superposition"; the
    words and groups are the book's chapter 1.
    """

    module = "neuronbrowser"
    neurons = _Neurons([])
    selected = Whole(0, at_least=0, at_most=10**6)
    query = Text("")

    @classmethod
    def from_lists(
        cls,
        words: Mapping[int, Sequence[str]],
        values: Mapping[int, Sequence[float]],
        groups: Mapping[int, Sequence[Sequence[str]]],
        **traits: Any,
    ) -> "NeuronBrowser":
        """A browser of the neurons in `words`; `groups` lists a neuron's groups of words, the first two decimals count.

        The groups may be of longer lists: what the rule says of a neuron is by all of its groups.

        Raises `ValueError` if the words and values of a neuron differ in number.
        """
        records = []
        for k, top in words.items():
            all_groups = groups.get(k, ())
            of = {word: i for i, group in enumerate(all_groups) for word in group}
            numbers = [round(float(v), 2) for v in values[k]]
            found = [of.get(word, -1) for word in top]
            lists = {"words": list(top), "values": numbers, "groups": found}
            records.append({"id": int(k), **lists, "count": len(all_groups)})
        return cls(neurons=records, **traits)

    def state(self) -> dict[str, Any]:
        """The traits as plain data, `neurons` packed in columns: it takes both forms."""
        return super().state() | {"neurons": _packed(self.neurons)}

    def _shown(self) -> dict | None:
        by_id = {record["id"]: record for record in self.neurons}
        return by_id.get(self.selected, self.neurons[0] if self.neurons else None)

    def figure(self) -> Figure:
        """The chosen neuron's words as bars."""
        shown, figure = self._shown(), Figure(figsize=(5.2, 3.6))
        ax = figure.subplots()
        if shown is None:
            ax.set(xticks=[], yticks=[], title="no neurons given")
            return figure
        rows = range(len(shown["words"]))
        ax.barh(rows, shown["values"], color=[GROUPS[g % 4] if g >= 0 else GREY for g in shown["groups"]])
        ax.set_yticks(rows, shown["words"])
        ax.invert_yaxis()
        ax.set(xlabel=f"activation of neuron {shown['id']}")
        return figure

    def alt(self) -> str:
        """Says which words excite the chosen neuron."""
        shown = self._shown()
        if shown is None:
            return "An empty picture: the browser of neurons has been given no neurons and has nothing to show."
        count = shown.get("count", len({g for g in shown["groups"] if g >= 0}))
        groups = f"{count or 'no'} group{'' if count == 1 else 's'}"
        return f"The words that excite neuron {shown['id']} most, as bars, with {groups}: {', '.join(shown['words'])}."
