"""Weighted points: every way to take an expectation is unbiased, and all agree, with each other and with autograd."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from randoms import toy

from supertoy import Batch, LinearModel, OneHot, ReLUModel, SparseUniform, batch_loss, expected_loss, feature_loss
from supertoy.loss import half_line_moments

configurations = st.tuples(
    st.integers(2, 6),
    st.integers(1, 3),
    st.floats(0.02, 1.0),
    st.integers(0, 10**6),
    st.sampled_from(["relu", "linear"]),
)


def plain(model, batch, importance):
    """The mean over a batch of plain points, by the definition."""
    return feature_loss(batch.x, model(batch.x), weight=batch.weight, importance=importance).sum(-1).detach()


@settings(max_examples=20, deadline=None)
@given(configurations)
def test_quadrature_strata_and_draws_agree(configuration):
    n, m, p, seed, activation = configuration
    (model, importance), features = toy(n, m, seed, activation), SparseUniform(n_features=n, density=p)
    exact = expected_loss(model, features, importance=importance)
    assert exact.standard_error.item() == 0
    generator = torch.Generator().manual_seed(seed)
    for draw in (features.sample, features.stratified):
        parts = torch.stack(
            [batch_loss(model, draw(2000, generator=generator), importance=importance).detach() for _ in range(20)]
        )
        spread = parts.std().item() / 20**0.5
        assert parts.mean().item() == pytest.approx(exact.loss.item(), abs=5 * spread + 2e-3 * exact.loss.item())


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_quadrature_converges_to_its_stated_digits(n):
    model, importance = toy(n, 2, n, batch=(10,))
    features = SparseUniform(n_features=n, density=torch.linspace(0.05, 1, 10)[:, None])
    fine = batch_loss(model, features.quadrature(budget=20_000), importance=importance)
    coarse = batch_loss(model, features.quadrature(), importance=importance)
    assert torch.allclose(coarse, fine, rtol=1e-4 if n <= 3 else 2e-3)


def test_a_batch_in_parts_adds_up_to_the_whole(generator):
    model, importance = toy(4, 2, 0, batch=(3,))
    for batch in (SparseUniform(n_features=4, density=0.3).quadrature(), OneHot(n_features=4).exact()):
        whole = batch_loss(model, batch, importance=importance)
        parts = sum(batch_loss(model, part, importance=importance) for part in batch.parts(3))
        assert torch.allclose(parts, whole, rtol=1e-12)


def test_quadrature_knows_the_moments_of_every_feature():
    """E x = p/2 and Var x = p/3 − p²/4, densities differing by feature: the loss of W = 0 with two biases."""
    p = torch.tensor([0.1, 0.5, 1.0])
    features = SparseUniform(n_features=3, density=p)
    for bias in (0.0, 0.4):
        model = ReLUModel.from_weights(torch.zeros(1, 3), torch.full((3,), bias))
        assert expected_loss(model, features).loss.item() == pytest.approx((p / 3 - bias * p + bias**2).sum().item())


def test_strata_beat_plain_draws_where_inputs_are_sparse(generator):
    model, importance = toy(20, 4, 0)
    features = SparseUniform(n_features=20, density=0.05)
    spread = [
        torch.stack(
            [batch_loss(model, draw(500, generator=generator), importance=importance).detach() for _ in range(40)]
        )
        for draw in (features.sample, features.stratified)
    ]
    assert spread[1].std() < 0.8 * spread[0].std()


def test_the_standard_error_is_honest():
    """Over 40 seeds the estimate of n = 12 lies within two standard errors of the truth about 95 % of the time."""
    model, importance = toy(12, 3, 1)
    features = SparseUniform(n_features=12, density=0.2)
    truth = expected_loss(model, features, importance=importance, n_points=2**19).loss
    inside = 0
    for seed in range(40):
        generator = torch.Generator().manual_seed(seed + 1)
        loss, error = expected_loss(model, features, importance=importance, n_points=2**10, generator=generator)
        assert error > 0
        inside += bool((loss - truth).abs() < 2 * error)
    assert inside >= 33


def test_densities_that_differ_by_feature_are_estimated_by_plain_draws():
    model, importance = toy(8, 2, 3)
    density = torch.linspace(0.05, 0.9, 8)
    features = SparseUniform(n_features=8, density=density)
    loss, error = expected_loss(model, features, importance=importance, n_points=2**14)
    x = features.sample(400_000, generator=torch.Generator().manual_seed(9))
    assert loss.item() == pytest.approx(plain(model, x, importance).item(), abs=6 * error.item())


@settings(max_examples=25, deadline=None)
@given(configurations)
def test_the_gradient_by_hand_passes_gradcheck(configuration):
    n, m, p, seed, activation = configuration
    model, importance = toy(n, m, seed, activation, batch=(2,))
    generator = torch.Generator().manual_seed(seed)
    batch = SparseUniform(n_features=n, density=torch.tensor([[p], [0.7]])).sample(6, generator=generator)
    weight = torch.rand(2, 6, generator=generator)

    def loss(W, b):
        model.W, model.b = torch.nn.Parameter(W), torch.nn.Parameter(b)  # shapes and devices, then the graph:
        model._parameters["W"], model._parameters["b"] = W, b
        return batch_loss(model, Batch(batch.x, weight), importance=importance)

    leaves = tuple(t.detach().clone().requires_grad_() for t in (model.W, model.b))
    assert torch.autograd.gradcheck(loss, leaves)


@settings(max_examples=15, deadline=None)
@given(configurations)
def test_batch_loss_and_its_gradient_are_those_of_the_definition(configuration):
    n, m, p, seed, activation = configuration
    model, importance = toy(n, m, seed, activation)
    batch = SparseUniform(n_features=n, density=p).sample(50, generator=torch.Generator().manual_seed(seed))
    loss = batch_loss(model, batch, importance=importance)
    loss.backward()
    W, b = (t.detach().clone().requires_grad_() for t in (model.W, model.b))
    z = batch.x @ W.mT @ W + b
    x_hat = torch.relu(z) if activation == "relu" else z
    by_definition = (importance * (batch.x - x_hat) ** 2).sum(-1).mean()
    by_definition.backward()
    assert loss.item() == pytest.approx(by_definition.item(), rel=1e-12)
    assert torch.allclose(model.W.grad, W.grad, atol=1e-12)
    assert torch.allclose(model.b.grad, b.grad, atol=1e-12)


def test_moments_of_a_half_line_match_a_fine_sum():
    gain, bias = (
        torch.tensor([2.0, -2.0, 0.0, 0.0, 1.0, -1.0, 3.0]),
        torch.tensor([-1.0, 1.0, 0.5, -0.5, 0.5, -0.5, 0.0]),
    )
    t = (torch.arange(200_000) + 0.5) / 200_000
    on = (gain[:, None] * t + bias[:, None] > 0).double()
    by_sum = torch.stack([(on * t**r).mean(-1) for r in range(3)])
    assert torch.allclose(half_line_moments(gain, bias), by_sum, atol=1e-5)


def test_expected_loss_of_one_hot_inputs_is_the_mean_over_the_features(generator):
    model = ReLUModel(n_features=6, n_hidden=2, batch=(3,), generator=generator)
    by_hand = ((torch.eye(6) - model(torch.eye(6))) ** 2).sum((-2, -1)) / 6
    assert torch.allclose(expected_loss(model, OneHot(n_features=6)).loss, by_hand, atol=1e-14)


def test_expected_loss_of_an_empty_model_is_the_second_moment(generator):
    density = torch.tensor([[0.1], [0.5], [1.0]])
    model = LinearModel.from_weights(torch.zeros(3, 2, 4))
    found = expected_loss(model, SparseUniform(n_features=4, density=density), n_points=200_000).loss
    assert torch.allclose(found, 4 * density[:, 0] / 3, rtol=0.02)
