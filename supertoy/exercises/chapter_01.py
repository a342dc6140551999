"""Checks of chapter 1, "Meet a polysemantic neuron"."""

import torch

from supertoy import lens
from supertoy.exercises._exercise import exercise
from supertoy.seeds import seed


@exercise
def check_1_1(answer):
    """`find_neuron(activations, i)`: the neuron that word i excites most, in standard deviations above its mean."""
    scale = torch.tensor([0.1, 1, 2, 5, 9])
    activations = scale * torch.randn(40, 5, generator=seed(0)) + torch.tensor([0.0, 8, 1, -3, 2])
    for i in range(40):
        z = [(a[i] - a.mean()) / a.std() for a in activations.T]
        best = max(range(5), key=z.__getitem__)
        assert answer(activations, i) == best, f"word {i}: the z-scores are {[round(float(v), 2) for v in z]}"


@exercise
def check_1_2(answer):
    """`coverage(activation, chosen)`: the share of the positive activation that falls on the chosen words."""
    activation = torch.randn(30, generator=seed(0))
    for chosen in ([0], list(range(10)), list(range(30)), activation.topk(5).indices.tolist()):
        inside = sum(max(0.0, activation[i].item()) for i in chosen)
        total = sum(max(0.0, a) for a in activation.tolist())
        got = float(answer(activation, chosen))
        assert abs(got - inside / total) < 1e-4, f"words {chosen}: {inside / total:.4f}, got {got:.4f}"


@exercise
def check_1_3(answer):
    """`largest_group(activations, words, entries)`: the size of the largest group in any column's top words."""
    entries = lens.wordnet()
    words = list(entries)[::20]
    activations = torch.randn(len(words), 3, generator=seed(0))
    days = [w for w in entries if "weekday.n" in entries[w].categories and entries[w].lemma == w]
    for extra in ([], days[:4], days):
        all_words = words + [w for w in extra if w not in words]
        planted = torch.cat([activations, torch.full((len(all_words) - len(words), 3), 9.0)])
        narrow = lens.narrow_categories(entries, all_words)
        lists = lens.top_words(planted, all_words, entries)
        size = max((len(g) for found in lists for g in lens.groups(found, narrow)), default=0)
        got = answer(planted, all_words, entries)
        assert got == size, f"with {extra} on top: {size}, got {got}"
