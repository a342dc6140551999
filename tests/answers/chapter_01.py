"""Answers to chapter 1's exercises: the right one of each, and wrong ones."""

import torch

from supertoy import lens
from supertoy.exercises.chapter_01 import check_1_1, check_1_2, check_1_3

DTYPE = torch.float32  # as the lens reads


def largest_group(activations, words, entries):
    narrow = lens.narrow_categories(entries, words)
    lists = lens.top_words(activations, words, entries)
    return max((len(g) for found in lists for g in lens.groups(found, narrow)), default=0)


RIGHT = {
    check_1_1: lambda a, i: ((a[i] - a.mean(0)) / a.std(0)).argmax().item(),
    check_1_2: lambda a, chosen: a.clamp(min=0)[chosen].sum() / a.clamp(min=0).sum(),
    check_1_3: largest_group,
}
WRONG = {
    check_1_1: [lambda a, i: a[i].argmax().item(), lambda a, i: (a[i] - a.mean(0)).argmax().item()],
    check_1_2: [lambda a, chosen: a[chosen].sum() / a.sum(), lambda a, chosen: len(chosen) / len(a)],
    check_1_3: [lambda a, words, entries: 0, lambda a, words, entries: largest_group(a[:, :1], words, entries) + 1],
}
