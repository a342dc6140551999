"""Training: that it improves, that models stay apart, that it can be stopped, that it can be repeated."""

import pytest
import torch

from supertoy import LinearModel, OneHot, ReLUModel, SparseUniform, TrainConfig, expected_loss, train

QUIET = TrainConfig(steps=200, progress=False)


def fresh(batch=(6,), seed=0, **kwargs):
    return ReLUModel(n_features=4, n_hidden=2, batch=batch, generator=torch.Generator().manual_seed(seed), **kwargs)


def test_the_loss_falls_and_the_result_carries_it():
    model = fresh()
    before = expected_loss(model, OneHot(n_features=4))
    result = train(model, OneHot(n_features=4), config=QUIET)
    assert (result.loss < before).all()
    assert torch.equal(result.loss, expected_loss(model, OneHot(n_features=4)))
    assert result.finished


def test_history_starts_at_the_start_and_keeps_shapes():
    model = fresh()
    start = model.W.detach().clone()
    history = train(model, OneHot(n_features=4), config=TrainConfig(steps=50, records=10, progress=False)).history
    assert history.step.tolist() == list(range(0, 50, 5))
    assert history.loss.shape == (10, 6)
    assert torch.equal(history.W[0], start)


def test_best_picks_the_least_loss_of_each_setting():
    model = fresh(batch=(5, 3))
    result = train(model, OneHot(n_features=4), config=QUIET)
    best, loss = result.best()
    assert best.batch == (3,)
    assert torch.equal(loss, result.loss.min(0).values)
    assert torch.allclose(expected_loss(best, OneHot(n_features=4)), loss)


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


def test_each_density_of_a_batch_is_trained_on_its_own():
    density = torch.tensor([[1.0], [0.05]])
    model = fresh(batch=(20, 2))
    _, loss = train(
        model, SparseUniform(n_features=4, density=density), config=TrainConfig(steps=800, progress=False)
    ).best()
    assert loss[1] < loss[0] / 10  # four features in two dimensions: hard when dense, easy when rare


def test_an_interrupt_returns_what_there_is():
    class Interrupting(OneHot):
        calls = 0

        def exact(self):
            self.calls += 1
            if self.calls == 30:
                raise KeyboardInterrupt
            return super().exact()

    result = train(fresh(), Interrupting(n_features=4), config=TrainConfig(steps=100, records=100, progress=False))
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


def test_the_linear_model_trains_too(generator):
    model = LinearModel(n_features=3, n_hidden=1, bias=False, generator=generator)
    assert train(model, OneHot(n_features=3), config=QUIET).loss.item() == pytest.approx(2 / 3, abs=1e-3)


def test_a_progress_bar_is_shown_unless_it_is_turned_off(capfd, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    train(fresh(), OneHot(n_features=4), config=TrainConfig(steps=3, progress=True))
    assert "training" in capfd.readouterr().err
    train(fresh(), OneHot(n_features=4), config=TrainConfig(steps=3, progress=False))
    assert "training" not in capfd.readouterr().err
