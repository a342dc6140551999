"""Checks of chapter 5, "Pack more features"."""

import torch

from supertoy.exercises._exercise import exercise
from supertoy.features import OneHot
from supertoy.loss import expected_loss
from supertoy.model import ReLUModel
from supertoy.seeds import seed
from supertoy.theory import one_active_loss, polygon

PENTAGON = 0.079127
"""Loss of the best regular pentagon, by an optimiser in the evidence for chapter 5."""
HEXAGON = 1.320481, -0.618080
"""Radius and bias of the best regular hexagon."""


@exercise
def check_5_1(answer):
    """`most_features(m, bias)`: how many one-hot features fit into m dimensions at loss 0, or infinity."""
    for m, bias, most in [(30, False, 60), (1, False, 2), (1, True, 2), (2, True, torch.inf), (5, True, torch.inf)]:
        given = answer(m, bias=bias)
        assert given == most, f"m = {m}, {'with' if bias else 'without'} a bias: got {given}"


@exercise
def check_5_2(answer):
    """`radius_needed(directions)`: the smallest radius at which unit directions are read at loss 0."""
    for m, n in [(2, 6), (3, 10), (10, 50)]:
        directions = torch.randn(m, n, generator=seed(n), dtype=torch.float64)
        directions = torch.nn.functional.normalize(directions, dim=0)
        r = float(answer(directions))
        for scale, exact in [(1.0001, True), (0.99, False)]:
            W = scale * r * directions
            model = ReLUModel.from_weights(W, 1 - (W**2).sum(0))
            loss = expected_loss(model, OneHot(n_features=n)).loss
            assert (loss < 1e-12) == exact, f"m = {m}, n = {n}: got r = {r}"


@exercise
def check_5_3(answer):
    """`tipping_importance()`: where leaving out one of six features costs as much as the hexagon."""
    importance = torch.ones(6, dtype=torch.float64)
    importance[0] = given = float(answer())
    radius, bias = HEXAGON
    hexagon = one_active_loss(
        polygon(6, radius=radius)[0], torch.full((6,), bias, dtype=torch.float64), importance=importance
    ).sum()
    dropped = PENTAGON + given * (1 / 3 - 1 / 24)
    assert abs(hexagon - dropped) < 1e-3, f"at {given}: hexagon {hexagon:.4f}, dropped {dropped:.4f}"
