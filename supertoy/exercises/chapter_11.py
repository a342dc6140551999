"""Checks of chapter 11, "Follow training"."""

import torch

from supertoy.exercises._exercise import exercise
from supertoy.geometry import feature_dimensionality
from supertoy.theory import polygon


@exercise
def check_11_1(answer):
    """`polygon_level(k)`: the dimensionality of each corner of a regular k-gon in the plane."""
    for k in (3, 4, 5, 6, 9):
        corners = torch.cat([polygon(k)[0], torch.zeros(2, 3, dtype=torch.float64)], 1)
        level = feature_dimensionality(corners)[0].item()
        assert abs(level - answer(k)) < 1e-9, f"k = {k}: it is {level:.4f}, got {answer(k)}"


@exercise
def check_11_2(answer):
    """`shifted_share(drops, jumps, length, window)`: how many drops are near a jump, over all shifts in time."""
    cases = [
        ([7], [40], 100, 6, 13 / 100, "one jump is near in 13 of 100 places"),
        ([7, 90], [40, 70], 100, 6, 26 / 100, "two jumps far apart are near in 26 of 100 places"),
        ([3], [10, 12], 50, 4, 11 / 50, "jumps 2 apart share places: 11 of 50 are near one of them"),
        ([95], [2], 100, 6, 13 / 100, "a shift goes around the end to the start"),
    ]
    for drops, jumps, length, window, share, why in cases:
        found = answer(drops, jumps, length, window)
        assert abs(found - share) < 1e-9, f"{why}, got {found:.3f}"


@exercise
def check_11_3(answer):
    """`time_to_learn(strength, u0, u1)`: how long gradient flow on λ (1 − w²)² takes from w² = u₀ to w² = u₁."""
    for strength, u0, u1 in [(5 / 6, 1e-4, 0.5), (1 / 12, 1e-4, 0.5), (1 / 12, 1e-6, 0.9)]:
        w, time, tiny = u0**0.5, 0.0, 1e-3 / strength
        while w * w < u1:
            w, time = w + tiny * 4 * strength * w * (1 - w * w), time + tiny
        assert abs(answer(strength, u0, u1) / time - 1) < 0.01, f"λ = {strength:.3f}: simulated {time:.2f}"
