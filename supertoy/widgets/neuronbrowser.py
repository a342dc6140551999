"""NeuronBrowser: the words that excite each neuron of a real network, to search and to judge."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from supertoy.plots import BLUE, GREEN, GREY, ORANGE, PURPLE
from supertoy.widgets._base import Widget
from supertoy.widgets._traits import Records, Text, Whole

GROUPS = (ORANGE, BLUE, GREEN, PURPLE)
MOST_NEURONS, MOST_WORDS = 2000, 40


def _is_neuron(record: Any) -> bool:
    """Whether it is {"id", "words", "values", "groups"}, the last three of one length."""
    if not isinstance(record, dict) or set(record) != {"id", "words", "values", "groups"}:
        return False
    kinds = {"words": str, "values": (int, float), "groups": int}
    lists = [record[name] for name in kinds]
    plain = all(isinstance(x, kind) for name, kind in kinds.items() for x in record[name])
    return type(record["id"]) is int and plain and 1 <= len(lists[0]) <= MOST_WORDS and len(set(map(len, lists))) == 1


class _Neurons(Records):
    rule = f"up to {MOST_NEURONS} records of id, words, values and groups, the last three of one length"

    def validate(self, obj: Any, value: Any) -> list:
        """The records."""
        good = isinstance(value, list) and len(value) <= MOST_NEURONS and all(map(_is_neuron, value))
        ids = [record["id"] for record in value] if good else [0, 0]
        return value if len(set(ids)) == len(ids) else self.refuse(value)


class NeuronBrowser(Widget):
    """The words that excite each neuron most, those of one group in one colour: search by word, or by number.

    Attributes:
        neurons: up to 2,000 records {"id": number, "words": the words, the most exciting first, "values": the
            activation on each, "groups": for each word the number of its group (0, 1, …), −1 where it is in none}.
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

        Raises `ValueError` if the words and values of a neuron differ in number.
        """
        records = []
        for k, top in words.items():
            of = {word: i for i, group in enumerate(groups.get(k, ())) for word in group}
            numbers = [round(float(v), 2) for v in values[k]]
            found = [of.get(word, -1) for word in top]
            records.append({"id": int(k), "words": list(top), "values": numbers, "groups": found})
        return cls(neurons=records, **traits)

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
        groups, words = len({g for g in shown["groups"] if g >= 0}), ", ".join(shown["words"])
        return f"The words that excite neuron {shown['id']} most, as bars, in {groups} groups: {words}."
