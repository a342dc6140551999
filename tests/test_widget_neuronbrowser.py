"""NeuronBrowser: what a search finds, what the rule says, and which records are taken."""

import gzip
import json
import math
import random

import pytest

from supertoy.widgets import NeuronBrowser

WORDS = {7: ["wednesday", "grey", "friday", "white", "cork"], 12: ["queen", "king"], 31: ["Fridge", "piano"]}
VALUES = {7: [3.0, 2.5, 2.0, 1.234, 0.5], 12: [1.0, 0.9], 31: [2.5, 0.1]}
GROUPS = {7: [["friday", "wednesday"], ["white", "grey"]], 12: [["king", "queen"]]}


@pytest.fixture
def browser():
    return NeuronBrowser.from_lists(WORDS, VALUES, GROUPS, selected=12)


def test_lists_become_records_with_a_group_for_each_word(browser):
    assert browser.neurons[0] == {
        "id": 7,
        "words": WORDS[7],
        "values": [3.0, 2.5, 2.0, 1.23, 0.5],
        "groups": [0, 1, 0, 1, -1],
        "count": 2,
    }
    assert browser.neurons[2]["groups"] == [-1, -1]


@pytest.mark.parametrize(
    ("query", "ids"),
    [("", [7, 12, 31]), ("fri", [31, 7]), (" KING ", [12]), ("31", [31]), ("3", []), ("zebra", []), ("(", [])],
)
def test_a_search_finds_beginnings_of_words_the_strongest_first_or_a_number(node, browser, query, ids):
    (found,) = node(
        "out.push(N.search(given.neurons, given.query).map((n) => n.id));",
        {"neurons": browser.neurons, "query": query},
        module="neuronbrowser",
    )
    assert found == ids


def test_the_verdict_counts_groups(node, browser):
    two, one, none = node("for (const n of given) out.push(N.verdict(n));", browser.neurons, module="neuronbrowser")
    assert two == "2 groups: polysemantic by the rule"
    assert one.startswith("one group")
    assert none.startswith("no group")


def test_groups_among_words_that_are_not_shown_count_for_the_verdict(node):
    first = {k: words[:3] for k, words in WORDS.items()}
    cut = NeuronBrowser.from_lists(first, {k: VALUES[k][:3] for k in first}, GROUPS)
    seven = cut.neurons[0] | {"groups": [0, -1, 0]}
    found = node("for (const n of given) out.push(N.verdict(n));", [seven, cut.neurons[1]], module="neuronbrowser")
    assert found[0] == "2 groups: polysemantic by the rule (1 of them among the words shown)"
    assert "shown" not in found[1]


def test_the_page_gets_columns_and_reads_the_same_records_from_them(node, browser):
    plain = NeuronBrowser(neurons=[GOOD | {"values": [-0.25]}, GOOD | {"id": 2, "words": ["a b, “c”"], "groups": [25]}])
    for widget in (browser, plain, NeuronBrowser()):
        columns = json.loads(json.dumps(widget.state()))["neurons"]
        (found,) = node("out.push(N.unpack(given));", columns, module="neuronbrowser")
        (same,) = node("out.push(N.unpack(given));", widget.neurons, module="neuronbrowser")
        assert found == same == widget.neurons
        assert NeuronBrowser(neurons=columns).neurons == widget.neurons


def test_four_hundred_neurons_of_made_up_words_take_few_bytes():
    draw = random.Random(0)
    vocab = ["".join(draw.choices("etaoinshrdlu", k=draw.randint(3, 9))) for _ in range(4000)]
    words = {k: draw.sample(vocab, 14) for k in range(400)}
    values = {k: sorted((draw.uniform(0.5, 4) for _ in range(14)), reverse=True) for k in words}
    state = NeuronBrowser.from_lists(words, values, {k: [w[:3]] for k, w in words.items()}).state()
    text = json.dumps(state, separators=(",", ":")).encode()
    plain = json.dumps(NeuronBrowser.from_lists(words, values, {}).neurons).encode()
    assert len(text) < 0.6 * len(plain)
    assert len(gzip.compress(text)) < 45_000  # random letters compress far worse than words


def test_the_picture_shows_the_chosen_neuron_or_the_first(browser):
    assert browser.alt().startswith("The words that excite neuron 12 most, as bars, with 1 group: queen, king")
    browser.selected = 99
    assert "neuron 7" in browser.alt()
    assert [t.get_text() for t in browser.figure().axes[0].get_yticklabels()] == WORDS[7]


def test_without_neurons_there_is_a_picture_that_says_so():
    assert "no neurons" in NeuronBrowser().alt()
    assert (
        "no neurons given"
        in NeuronBrowser().figure().axes[0].get_title(loc="left") + NeuronBrowser().figure().axes[0].get_title()
    )


GOOD = {"id": 1, "words": ["a"], "values": [1.0], "groups": [-1]}


@pytest.mark.parametrize(
    "bad",
    [
        [GOOD | {"values": [1.0, 2.0]}],
        [GOOD | {"words": []}],
        [GOOD | {"groups": ["x"]}],
        [GOOD | {"groups": [-2]}],
        [GOOD | {"groups": [26]}],
        [GOOD | {"groups": [True]}],
        [GOOD | {"values": [math.nan]}],
        [GOOD | {"values": [True]}],
        [GOOD | {"words": ["a\nb"]}],
        [GOOD | {"words": "a"}],
        [GOOD | {"words": None}],
        [GOOD | {"count": -1}],
        [GOOD | {"note": ""}],
        [GOOD | {"id": -1}],
        [GOOD | {"id": "1"}],
        [GOOD, GOOD],
        [{"id": 1}],
        ["word"],
        {"id": 1},
        {"ids": [1], "sizes": [1], "counts": [-1], "words": "a", "steps": [-100], "groups": "?"},
        {"ids": [1], "sizes": [2], "counts": [-1], "words": "a", "steps": [-100], "groups": "A"},
        {"ids": [1], "sizes": [1], "counts": [-1], "words": ["a"], "steps": [-100], "groups": "A"},
        {"ids": [1], "sizes": ["1"], "counts": [-1], "words": "a", "steps": [-100], "groups": "A"},
        {"ids": [1], "sizes": [1], "counts": [-1], "words": "a", "steps": ["x"], "groups": "A"},
    ],
)
def test_records_of_another_form_are_refused(bad):
    with pytest.raises(ValueError, match="neurons must be up to 2000 records of id, words, values and groups"):
        NeuronBrowser(neurons=bad)
