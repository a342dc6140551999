"""Bad input gets a ValueError that names the argument, the rule and the value received."""

import math

import pytest
import torch

from supertoy import (
    Batch,
    LinearModel,
    OneHot,
    ReLUModel,
    Samples,
    SparseUniform,
    TrainConfig,
    batch_loss,
    expected_loss,
    feature_loss,
    geometry,
    plots,
    reconstruct,
    solve,
    start_from_known,
    theory,
    train,
)
from supertoy.dictionary import learn_dictionary, match, sparse_code
from supertoy.sae import SAE, fit_sae

pytestmark = pytest.mark.usefixtures("unchecked")

nan = math.nan
x23, W23 = torch.zeros(2, 3), torch.zeros(2, 3)


def toy(**kwargs):
    return ReLUModel(**{"n_features": 3, "n_hidden": 2} | kwargs)


def sae():
    return SAE(n_hidden=6, n_latents=9)


def uneven():
    return SparseUniform(n_features=3, density=torch.tensor([0.5, 0.2, 0.5]))


CASES = [
    (lambda: OneHot(n_features=0), "n_features", "at least 1", "0"),
    (lambda: OneHot(n_features=2.5), "n_features", "whole number", "2.5"),
    (lambda: OneHot(n_features=True), "n_features", "whole number", "True"),
    (lambda: toy(n_features=0), "n_features", "at least 1", "0"),
    (lambda: toy(n_hidden=0), "n_hidden", "at least 1", "0"),
    (lambda: LinearModel(n_features=3, n_hidden=-1), "n_hidden", "at least 1", "-1"),
    (lambda: toy(batch=(0,)), "batch", "at least 1", "0"),
    (lambda: toy(batch=100), "batch", "(100,)", "100"),
    (lambda: toy(generator=0), "generator", "a Generator", "0"),
    (lambda: ReLUModel.from_weights([[1.0, -1.0]]), "W", "a Tensor", "[[1.0, -1.0]]"),
    (lambda: train(OneHot(n_features=3), toy()), "model", "a ToyModel", "OneHot"),
    (lambda: train(toy(), OneHot(n_features=3), config={"steps": 5}), "config", "a TrainConfig", "{'steps': 5}"),
    (lambda: train(toy(), OneHot(n_features=3), generator=7), "generator", "a Generator", "7"),
    (lambda: SparseUniform(n_features=3, density=0.0), "density", "(0, 1]", "0.0"),
    (lambda: SparseUniform(n_features=3, density=1.5), "density", "(0, 1]", "1.5"),
    (lambda: SparseUniform(n_features=3, density=nan), "density", "finite", "nan"),
    (lambda: SparseUniform(n_features=3, density=torch.tensor([0.5, -0.1, 0.5])), "density", "(0, 1]", "-0.1"),
    (lambda: SparseUniform(n_features=3, density=torch.full((2,), 0.5)), "density", "last axis", "(2,)"),
    (lambda: OneHot(n_features=3).sample(0, generator=torch.Generator()), "n_points", "at least 1", "0"),
    (lambda: reconstruct(torch.zeros(2, 4), W23), "x", "n_features = 3", "(2, 4)"),
    (lambda: reconstruct(torch.zeros(3), W23), "x", "(..., points, n_features)", "(3,)"),
    (lambda: reconstruct(x23, torch.zeros(3)), "W", "(..., n_hidden, n_features)", "(3,)"),
    (lambda: reconstruct(x23, W23, torch.zeros(2)), "b", "n_features = 3", "(2,)"),
    (lambda: reconstruct(x23, W23, activation="gelu"), "activation", "'linear', 'relu'", "'gelu'"),
    (lambda: toy()(torch.zeros(2, 4)), "x", "n_features = 3", "(2, 4)"),
    (lambda: ReLUModel.from_weights(W23, torch.zeros(2)), "b", "(3,)", "(2,)"),
    (lambda: ReLUModel.from_weights(torch.full((2, 3), nan)), "W", "finite", "nan"),
    (lambda: ReLUModel.from_weights(torch.zeros(3)), "W", "(..., n_hidden, n_features)", "(3,)"),
    (lambda: feature_loss(x23, torch.zeros(2, 4)), "x_hat", "(2, 3)", "(2, 4)"),
    (lambda: feature_loss(torch.full((2, 3), nan), x23), "x", "finite", "nan"),
    (lambda: feature_loss(x23, x23, weight=torch.ones(3)), "weight", "(2,)", "(3,)"),
    (lambda: feature_loss(x23, x23, importance=-1.0), "importance", "non-negative", "-1.0"),
    (lambda: feature_loss(x23, x23, importance=torch.tensor([1.0, -2.0, 1.0])), "importance", "non-negative", "-2.0"),
    (lambda: feature_loss(x23, x23, importance=torch.ones(2)), "importance", "n_features = 3", "(2,)"),
    (lambda: feature_loss(x23, x23, importance=nan), "importance", "finite", "nan"),
    (lambda: expected_loss(toy(), OneHot(n_features=4)).loss, "features", "n_features = 3", "4"),
    (lambda: train(toy(), OneHot(n_features=4)), "features", "n_features = 3", "4"),
    (lambda: train(toy(), OneHot(n_features=3), importance=torch.ones(4)), "importance", "n_features = 3", "(4,)"),
    (
        lambda: train(toy(), OneHot(n_features=3), config=TrainConfig(steps=1, progress=False)).best(),
        "best",
        "axis",
        "()",
    ),
    (lambda: TrainConfig(betas=(0.9, 1.0)), "betas", "at most", "1.0"),
    (lambda: TrainConfig(betas=0.9), "betas", "a tuple", "0.9"),
    (lambda: TrainConfig(weight_decay=-0.1), "weight_decay", "at least 0", "-0.1"),
    (lambda: TrainConfig(weight_decay=nan), "weight_decay", "at least 0", "nan"),
    (lambda: TrainConfig(lr=0.5, weight_decay=3), "weight_decay", "at most 2.0", "3"),
    (lambda: Samples([[1.0]]), "x", "a Tensor", "[[1.0]]"),
    (lambda: Samples(torch.ones(3)), "x", "(..., T, n)", "(3,)"),
    (lambda: Samples(torch.ones(2, 3, dtype=torch.long)), "x", "floating-point", "int64"),
    (lambda: Samples(torch.ones(0, 3)), "x", "(..., T, n)", "(0, 3)"),
    (lambda: Samples(torch.tensor([[1.0, nan]])), "x", "finite", "nan"),
    (lambda: Samples(x23).sample(0, generator=torch.Generator()), "n_points", "at least 1", "0"),
    (lambda: train(toy(), Samples(torch.ones(2, 4))), "features", "n_features = 3", "4"),
    (lambda: train(toy(), Samples(torch.ones(5, 2, 3))), "batch", "()", "(5, 2, 3)"),
    (lambda: TrainConfig(keep=0), "keep", "at least 1", "0"),
    (lambda: TrainConfig(drop_at=0), "drop_at", "above 0", "0"),
    (lambda: batch_loss(toy(), Batch(torch.zeros(5, 2, 3), torch.ones(2))), "batch", "()", "(5, 2, 3)"),
    (lambda: batch_loss(toy(), Batch(torch.zeros(2, 4), torch.ones(2))), "batch.x", "n_features = 3", "(2, 4)"),
    (lambda: SparseUniform(n_features=7, density=0.5).quadrature(), "n_features", "at most 6", "7"),
    (lambda: SparseUniform(n_features=3, density=0.5).quadrature(budget=0), "budget", "at least 1", "0"),
    (lambda: uneven().stratified(8, generator=torch.Generator()), "density", "equal", "0.5"),
    (lambda: solve(toy(), OneHot(n_features=4)), "features", "n_features = 3", "4"),
    (lambda: solve(toy(n_features=7), SparseUniform(n_features=7, density=0.5)), "features", "list", "SparseUniform"),
    (lambda: solve(toy(), OneHot(n_features=3), keep=0), "keep", "at least 1", "0"),
    (lambda: solve(toy(), OneHot(n_features=3), iterations=0.5), "iterations", "whole number", "0.5"),
    (lambda: start_from_known(toy(), OneHot(n_features=3), generator=torch.Generator()), "model", "restarts", "()"),
    (lambda: TrainConfig(steps=0), "steps", "at least 1", "0"),
    (lambda: TrainConfig(lr=0), "lr", "must be a number above 0,", "0"),
    (lambda: TrainConfig(lr=nan), "lr", "above 0", "nan"),
    (lambda: TrainConfig(warmup=1.5), "warmup", "at most 1", "1.5"),
    (lambda: geometry.norms(torch.full((2, 2), nan)), "W", "finite", "nan"),
    (lambda: geometry.feature_dimensionality(torch.full((2, 2), math.inf)), "W", "finite", "inf"),
    (lambda: theory.least_linear_loss(1.0, n_features=0, n_hidden=1), "n_features", "at least 1", "0"),
    (lambda: theory.antipodal_pairs(0), "n_hidden", "at least 1", "0"),
    (lambda: theory.absorption_loss(torch.zeros(2), spread=2, price=0.1), "spread", "at most 1", "2"),
    (lambda: theory.polygon(2), "n_features", "at least 3", "2"),
    (lambda: theory.welch_bound(n_features=3, n_hidden=0), "n_hidden", "at least 1", "0"),
    (lambda: theory.one_active_loss(torch.full((2, 2), nan), torch.zeros(2)), "W", "finite", "nan"),
    (lambda: plots.plot_gram(W23), "matrix", "square", "(2, 3)"),
    (lambda: plots.plot_features(torch.zeros(3, 3)), "W", "(1, n) or (2, n)", "(3, 3)"),
    (lambda: plots.neuron_stack(torch.zeros(3)), "W", "(m, n)", "(3,)"),
    (lambda: plots.neuron_stack(torch.full((2, 3), nan)), "W", "finite", "nan"),
    (lambda: plots.neuron_stack(W23, holds=0), "holds", "above 0", "0"),
    (lambda: plots.plot_landscape(torch.zeros(3), W23), "loss", "(3, 3)", "(2, 3)"),
    (lambda: SAE(n_hidden=0, n_latents=3), "n_hidden", "at least 1", "0"),
    (lambda: SAE(n_hidden=2, n_latents=3, activation="gelu"), "activation", "one of", "gelu"),
    (lambda: SAE(n_hidden=2, n_latents=3, k=4), "k", "1 to n_latents = 3", "4"),
    (lambda: SAE(n_hidden=2, n_latents=3, k=torch.tensor(0.5)), "k", "whole number", "0.5"),
    (lambda: SAE(n_hidden=2, n_latents=9, prefixes=(5, 4)), "prefixes", "rise", "(5, 4)"),
    (lambda: SAE(n_hidden=2, n_latents=9, prefixes=(12,)), "prefixes", "rise", "(12,)"),
    (lambda: SAE(n_hidden=2, n_latents=3, k=1, decoder=torch.full((3, 2), nan)), "decoder", "finite", "nan"),
    (lambda: fit_sae(sae(), torch.zeros(9, 5)), "h", "(..., points, 6)", "(9, 5)"),
    (lambda: fit_sae(sae(), torch.zeros(9, 6), penalty=-1.0), "penalty", "at least 0", "-1.0"),
    (lambda: fit_sae(sae(), torch.zeros(9, 6), prefix_weight=-1.0), "prefix_weight", "at least 0", "-1.0"),
    (lambda: fit_sae(sae(), torch.full((9, 6), torch.inf)), "h", "finite", "inf"),
    (lambda: fit_sae(sae(), torch.zeros(9, 6), config=3), "config", "TrainConfig", "3"),
    (lambda: fit_sae(3, torch.zeros(9, 6)), "sae", "SAE", "3"),
    (lambda: match(torch.zeros(4, 3), torch.zeros(2, 5)), "truth", "(..., 3, n)", "(2, 5)"),
    (lambda: match(torch.full((4, 3), torch.nan), torch.zeros(3, 5)), "decoder", "finite", "nan"),
    (lambda: sparse_code(torch.zeros(2, 3), torch.eye(3), 4), "k", "at most", "4"),
    (lambda: sparse_code(torch.zeros(2, 3), torch.eye(3), 0), "k", "at least 1", "0"),
    (lambda: learn_dictionary(torch.zeros(5, 3), 9, 1), "h", "at least 2000 points", "5"),
    (lambda: learn_dictionary(torch.randn(99, 3), 9, 1, batch_size=8), "batch_size", "at least 9", "8"),
    (lambda: learn_dictionary(torch.randn(3000, 3), 9, 1, rounds=0), "rounds", "at least 1", "0"),
]


@pytest.mark.parametrize(("call", "argument", "rule", "value"), CASES)
def test_error_names_argument_rule_and_value(call, argument, rule, value):
    with pytest.raises(ValueError, match=f"^{argument} ") as error:
        call()
    assert rule in str(error.value)
    assert value in str(error.value).split("got ")[-1]


def test_adam_takes_no_segments(generator):
    class Segments(SparseUniform):
        def exact(self):
            return self.quadrature()

    with pytest.raises(ValueError, match=r"^features must be plain points"):
        train(toy(), Segments(n_features=3, density=0.5), config=TrainConfig(steps=1, progress=False))


def test_training_that_diverges_says_so(generator):
    model = ReLUModel(n_features=3, n_hidden=2, generator=generator)
    model.W.data *= 1e200
    with pytest.raises(ValueError, match="x_hat must be finite"):
        train(model, OneHot(n_features=3), config=TrainConfig(steps=5, progress=False))
