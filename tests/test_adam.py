"""Training: that it improves, that models stay apart, that it can be stopped, that it can be repeated."""

import sys

import pytest
import torch

from supertoy import LinearModel, OneHot, ReLUModel, SparseUniform, TrainConfig, expected_loss, train

QUIET = TrainConfig(steps=200, progress=False)


def fresh(batch=(6,), seed=0, **kwargs):
    return ReLUModel(n_features=4, n_hidden=2, batch=batch, generator=torch.Generator().manual_seed(seed), **kwargs)


def test_the_loss_falls_and_the_result_carries_it():
    model = fresh()
    before = expected_loss(model, OneHot(n_features=4)).loss
    result = train(model, OneHot(n_features=4), config=QUIET)
    assert (result.loss < before).all()
    assert torch.equal(result.loss, expected_loss(model, OneHot(n_features=4)).loss)
    assert result.finished


def test_history_starts_at_the_start_and_keeps_shapes():
    model = fresh()
    start = model.W.detach().clone()
    history = train(model, OneHot(n_features=4), config=TrainConfig(steps=50, records=10, progress=False)).history
    assert history.step.tolist() == list(range(0, 50, 5))
    assert history.loss.shape == (10, 6)
    assert torch.equal(history.W[0], start)
    assert history.b.shape == (10, 6, 4)
    assert not history.b[0].any()
    assert history.b[-1].any()


def test_best_picks_the_least_loss_of_each_setting():
    model = fresh(batch=(5, 3))
    result = train(model, OneHot(n_features=4), config=QUIET)
    best, loss = result.best()
    assert best.batch == (3,)
    assert torch.equal(loss, result.loss.min(0).values)
    assert torch.allclose(expected_loss(best, OneHot(n_features=4)).loss, loss)


def test_models_of_a_batch_train_as_they_would_alone():
    together = fresh(batch=(3,))
    alone = ReLUModel.from_weights(together.W[1].detach(), together.b[1].detach())
    train(together, OneHot(n_features=4), config=QUIET)
    train(alone, OneHot(n_features=4), config=QUIET)
    assert torch.allclose(together.W[1], alone.W, atol=1e-8)


def test_the_same_seed_gives_the_same_bits():
    features = SparseUniform(n_features=4, density=0.3)
    runs = []
    for _ in range(2):
        model = fresh()
        train(model, features, config=QUIET, generator=torch.Generator().manual_seed(7))
        runs.append(model.W.detach())
    assert torch.equal(*runs)


@pytest.mark.usefixtures("unchecked")  # hundreds of steps, all alike
def test_each_density_of_a_batch_is_trained_on_its_own():
    density = torch.tensor([[1.0], [0.05]])
    model = fresh(batch=(20, 2))
    _, loss = train(
        model, SparseUniform(n_features=4, density=density), config=TrainConfig(steps=800, progress=False)
    ).best()
    assert loss[1] < loss[0] / 10  # four features in two dimensions: hard when dense, easy when rare


def test_an_interrupt_returns_what_there_is():
    class Interrupting(SparseUniform):
        calls = 0

        def sample(self, n_points, *, generator):
            self.calls += 1
            if self.calls == 30:
                raise KeyboardInterrupt
            return super().sample(n_points, generator=generator)

    features = Interrupting(n_features=4, density=0.3)
    result = train(fresh(), features, config=TrainConfig(steps=100, records=100, progress=False))
    assert not result.finished
    assert 20 < len(result.history.step) < 30
    assert torch.isfinite(result.loss).all()


def test_the_rate_rises_to_its_peak_and_falls_to_almost_nothing():
    config = TrainConfig(steps=100, lr=0.5, warmup=0.2)
    rates = [config.rate(step) for step in range(100)]
    assert max(rates) == pytest.approx(0.5)
    peak = rates.index(max(rates))
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert 0 < rates[-1] < 0.005


def descend(optimizer, W, b, config):
    """PyTorch's own optimizer on the loss of four one-hot features, at the rates of `config`."""
    x = torch.eye(4)
    for step in range(config.steps):
        optimizer.zero_grad()
        ((x - torch.relu(x @ W.mT @ W + b[:, None])) ** 2).sum((-2, -1)).div(4).sum().backward()
        optimizer.param_groups[0]["lr"] = config.rate(step)
        optimizer.step()


def test_betas_are_adams():
    model = fresh()
    W, b = (t.detach().clone().requires_grad_() for t in (model.W, model.b))
    config = TrainConfig(steps=20, betas=(0.7, 0.95), progress=False)
    train(model, OneHot(n_features=4), config=config)
    descend(torch.optim.Adam([W, b], betas=config.betas), W, b, config)
    assert torch.allclose(model.W, W, atol=1e-9)


@pytest.mark.parametrize("bias", [True, False])
def test_weight_decay_is_that_of_adamw_and_leaves_fixed_parameters_alone(bias):
    model, config = fresh(bias=bias), TrainConfig(steps=30, weight_decay=2.0, progress=False)
    with torch.no_grad():
        model.b.fill_(0.3)
    W, b = (t.detach().clone().requires_grad_(t.requires_grad) for t in (model.W, model.b))
    train(model, OneHot(n_features=4), config=config)
    descend(torch.optim.AdamW([t for t in (W, b) if t.requires_grad], weight_decay=2.0), W, b, config)
    assert torch.allclose(model.W, W, atol=1e-9)
    assert torch.allclose(model.b, b, atol=1e-9)
    assert bias or (model.b == 0.3).all()


def test_without_weight_decay_not_a_bit_changes():
    plain, zero = fresh(), fresh()
    train(plain, OneHot(n_features=4), config=QUIET)
    train(zero, OneHot(n_features=4), config=TrainConfig(steps=200, weight_decay=0.0, progress=False))
    assert torch.equal(plain.W, zero.W)
    assert torch.equal(plain.b, zero.b)


def test_weight_decay_alone_shrinks_by_its_rate():
    """Where there is no gradient a step multiplies by 1 − rate · weight_decay."""
    model, config = fresh(), TrainConfig(steps=50, weight_decay=1.0, progress=False)
    start = model.W.detach().clone()
    train(model, OneHot(n_features=4), importance=0.0, config=config)
    left = torch.tensor([1 - config.rate(step) for step in range(50)], dtype=torch.float64).prod()
    assert torch.allclose(model.W.detach(), left * start, rtol=1e-9)


def test_the_linear_model_trains_too(generator):
    model = LinearModel(n_features=3, n_hidden=1, bias=False, generator=generator)
    assert train(model, OneHot(n_features=3), config=QUIET).loss.item() == pytest.approx(2 / 3, abs=1e-3)


def test_a_progress_bar_is_shown_unless_it_is_turned_off(capfd, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    train(fresh(), OneHot(n_features=4), config=TrainConfig(steps=3, progress=True))
    assert "training" in capfd.readouterr().err
    train(fresh(), OneHot(n_features=4), config=TrainConfig(steps=3, progress=False))
    assert "training" not in capfd.readouterr().err


def test_dropped_restarts_stay_where_they_were_and_the_best_go_on():
    """The better half goes on from the middle; the others end there."""
    config = {"steps": 100, "records": 100, "progress": False}
    half = train(fresh(batch=(6, 2)), OneHot(n_features=4), config=TrainConfig(drop_at=0.5, keep=3, **config))
    W = half.history.W
    stopped = (W[-1] == W[50]).all(-1).all(-1)
    assert stopped.sum(0).tolist() == [3, 3]
    at_half = expected_loss(ReLUModel.from_weights(W[50]), OneHot(n_features=4)).loss
    assert stopped.any(0).all()
    assert at_half.shape == (6, 2)
    full = train(fresh(batch=(6, 2)), OneHot(n_features=4), config=TrainConfig(**config))
    assert torch.allclose(half.model.W[~stopped], full.model.W[~stopped], atol=1e-10)  # the survivors notice nothing


@pytest.mark.parametrize("block", [1, 40, 10**6])
def test_the_size_of_a_block_changes_nothing(block, monkeypatch):
    monkeypatch.setattr(sys.modules["supertoy.adam"], "BLOCK", block)
    density = torch.tensor([[[1.0], [0.3], [0.1]], [[0.9], [0.2], [0.05]]])
    model = fresh(batch=(4, 2, 3))
    train(
        model, SparseUniform(n_features=4, density=density), config=TrainConfig(steps=20, batch_size=10, progress=False)
    )
    whole = fresh(batch=(4, 2, 3))
    for r in range(4):  # by restart, each in one block
        monkeypatch.setattr(sys.modules["supertoy.adam"], "BLOCK", 10**6)
        alone = ReLUModel.from_weights(whole.W[r].detach(), whole.b[r].detach())
        train(
            alone,
            SparseUniform(n_features=4, density=density),
            config=TrainConfig(steps=20, batch_size=10, progress=False),
        )
        assert torch.allclose(alone.W, model.W[r], atol=1e-9)


def test_training_is_the_plain_loop_with_adam():
    """The same steps, written out with autograd and torch's own optimiser."""
    model, config = fresh(batch=(3,)), TrainConfig(steps=30, batch_size=50, progress=False)
    W, b = (t.detach().clone().requires_grad_() for t in (model.W, model.b))
    features, importance = SparseUniform(n_features=4, density=0.4), torch.tensor([1.0, 0.5, 0.2, 0.1])
    train(model, features, importance=importance, config=config, generator=torch.Generator().manual_seed(3))
    generator, adam = torch.Generator().manual_seed(3), torch.optim.Adam([W, b])
    for step in range(30):
        x = features.sample(50, generator=generator).x
        x_hat = torch.relu(x @ W.mT @ W + b[:, None])
        loss = (importance * (x - x_hat) ** 2).sum(-1).mean(-1).sum()
        adam.zero_grad()
        loss.backward()
        adam.param_groups[0]["lr"] = config.rate(step)
        adam.step()
    assert torch.allclose(model.W, W, atol=1e-9)
    assert torch.allclose(model.b, b, atol=1e-9)


def test_thread_counts_agree_to_1e_5():
    ends = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        model = fresh(batch=(8,))
        train(model, SparseUniform(n_features=4, density=0.3), config=QUIET)
        ends.append(model.W.detach())
    torch.set_num_threads(1)
    assert torch.allclose(*ends, atol=1e-5)


def test_a_fixed_bias_stays_fixed():
    model = fresh(bias=False)
    train(model, OneHot(n_features=4), config=QUIET)
    assert torch.equal(model.b, torch.zeros_like(model.b))
