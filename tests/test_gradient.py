"""One door to the gradient: what a model says of itself is honoured, or refused in words."""

import math

import pytest
import torch
from torch.nn.utils import parametrize, prune
from torch.utils._python_dispatch import TorchDispatchMode

import supertoy
from supertoy import (
    Batch,
    GroupedUniform,
    HiddenReLUModel,
    LinearModel,
    OneHot,
    ReLUModel,
    SparseUniform,
    ToyModel,
    TrainConfig,
    apply,
    batch_loss,
    expected_loss,
    solve,
    start_from_known,
    train,
)
from supertoy import adam as adam_module
from supertoy import loss as loss_module
from supertoy.adam import _Run
from supertoy.batch import Draw
from supertoy.gradient import AnyGradient, TiedGradient, gradient_for
from supertoy.state import State

CONFIG = TrainConfig(steps=25, batch_size=40, records=1, progress=False)
MODELS = [kind for kind in vars(supertoy).values() if isinstance(kind, type) and issubclass(kind, ToyModel)]
MODELS = [kind for kind in MODELS if "forward" in dir(kind) and kind.__name__ not in ("ToyModel", "TiedModel")]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def fresh(kind=ReLUModel, batch=(3,), **kwargs):
    return kind(n_features=4, n_hidden=2, batch=batch, generator=seeded(), **kwargs)


def sparse():
    return SparseUniform(n_features=4, density=0.5)


def by_plain_loop(model, features=None, config=CONFIG):
    """Train through torch alone: the model called as it is, autograd, Adam over what requires gradients."""
    features, generator = features or sparse(), seeded(3)
    adam = torch.optim.Adam([p for p in model.parameters() if p.requires_grad])
    for step in range(config.steps):
        x = features.sample(config.batch_size, generator=generator).x
        adam.zero_grad()
        ((x - model(x)) ** 2).sum(-1).mean(-1).sum().backward()
        adam.param_groups[0]["lr"] = config.rate(step)
        adam.step()
    return model


def trained(model, features=None):
    return train(model, features or sparse(), config=CONFIG, generator=seeded(3)).model


class Double(torch.nn.Module):
    """A parametrisation: the weights are twice the numbers that train."""

    def forward(self, W):
        """2 W."""
        return 2 * W


class Leaky(ReLUModel):
    """A tied toy with another σ, and so with a forward of its own."""

    def forward(self, x):
        """x̂."""
        return torch.nn.functional.leaky_relu(x @ self.W.mT @ self.W + self.b[..., None, :], 0.2)


class Masked(ReLUModel):
    """A toy some of whose weights a buffer holds at nothing."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.register_buffer("mask", torch.ones_like(self.W))
        self.mask[..., 0, 0] = 0

    def forward(self, x):
        """x̂."""
        W = self.W * self.mask
        return torch.relu(x @ W.mT @ W + self.b[..., None, :])


def parametrised():
    model = fresh()
    parametrize.register_parametrization(model, "W", Double())
    return model


def with_a_forward_of_its_own(**kwargs):
    model = fresh(**kwargs)
    model.forward = lambda x: torch.tanh(x @ model.W.mT @ model.W)
    return model


def with_a_hook():
    model = fresh()
    model.register_forward_hook(lambda module, given, answer: answer * 0.5)
    return model


def with_strides():
    model = fresh()
    model.W = torch.nn.Parameter(model.W.detach().mT.contiguous().mT)
    assert not model.W.is_contiguous()
    return model


def with_one_fixed(name):
    model = fresh()
    getattr(model, name).requires_grad_(False)
    return model


HONOURED = {
    "a parametrisation": parametrised,
    "a subclass's forward": lambda: fresh(Leaky),
    "a buffer": lambda: fresh(Masked),
    "a forward hook": with_a_hook,
    "strides": with_strides,
    "fixed weights": lambda: with_one_fixed("W"),
    "fixed biases": lambda: with_one_fixed("b"),
    "another activation of the instance": lambda: vars(model := fresh()).update(activation="linear") or model,
}


@pytest.mark.parametrize("make", HONOURED.values(), ids=HONOURED)
def test_training_honours_what_a_model_says_of_itself(make):
    ours, plain = trained(make()), by_plain_loop(make())
    for (name, p), q in zip(ours.named_parameters(), plain.parameters(), strict=True):
        assert torch.allclose(p, q, atol=1e-9), name
    start = dict(make().named_parameters())
    moved = [name for name, p in ours.named_parameters() if not torch.equal(p, start[name])]
    assert moved == [name for name, p in ours.named_parameters() if p.requires_grad and p.grad is None]


@pytest.mark.parametrize("make", HONOURED.values(), ids=HONOURED)
def test_losses_honour_what_a_model_says_of_itself(make):
    model, batch = make(), sparse().sample(500, generator=seeded())
    by_definition = ((batch.x - model(batch.x)) ** 2).sum(-1).mean(-1)
    assert torch.allclose(batch_loss(model, batch), by_definition)
    exact, x = expected_loss(model, sparse()).loss, sparse().sample(200_000, generator=seeded(1)).x
    assert torch.allclose(exact, ((x - model(x)) ** 2).sum(-1).mean(-1), rtol=0.02)


def test_a_forward_of_the_instance_counts():
    """Its closure reads the model that it was made for, so nothing but that model's own pass can be right."""
    model, batch = with_a_forward_of_its_own(), sparse().sample(50, generator=seeded())
    assert torch.allclose(batch_loss(model, batch), ((batch.x - model(batch.x)) ** 2).sum(-1).mean(-1))


def test_a_forward_of_the_instance_is_trained_but_not_copied():
    ours, plain = trained(with_a_forward_of_its_own(bias=False)), by_plain_loop(with_a_forward_of_its_own(bias=False))
    assert torch.allclose(ours.W, plain.W, atol=1e-9)
    with pytest.raises(ValueError, match=r"^model must have its forward in its class to be copied, got "):
        train(with_a_forward_of_its_own(), sparse(), config=CONFIG).best()


@pytest.mark.parametrize("make", HONOURED.values(), ids=HONOURED)
def test_the_best_restart_is_a_model_of_the_same_kind(make):
    model = make()
    result = train(model, sparse(), config=CONFIG, generator=seeded(3))
    best, loss = result.best()
    assert type(best) is type(model)
    assert best.batch == ()
    assert [p.requires_grad for p in best.parameters()] == [p.requires_grad for p in model.parameters()]
    assert torch.allclose(expected_loss(best, sparse()).loss, loss)
    x = sparse().sample(20, generator=seeded()).x
    assert torch.allclose(best(x), model(x)[result.loss.argmin()])


def test_a_bias_that_is_not_learned_stays_so_in_the_best():
    for result in (
        train(fresh(bias=False), sparse(), config=CONFIG),
        solve(fresh(bias=False), sparse(), iterations=3, progress=False),
    ):
        best, _ = result.best()
        assert not best.b.requires_grad
        assert not best.b.any()


def pruned():
    model = fresh()
    prune.l1_unstructured(model, "W", amount=2)
    return model


def with_a_gradient_hook():
    model = fresh()
    model.W.register_hook(lambda gradient: gradient * 0)
    return model


def with_a_shared_bias():
    model = fresh()
    model.b = torch.nn.Parameter(torch.zeros(4))
    return model


def in_two_precisions():
    model = fresh()
    model.b.data = model.b.data.float()
    return model


def made_in_inference_mode():
    with torch.inference_mode():
        return fresh()


REFUSED = {
    "pruning": (pruned, "no forward pre-hooks", "L1Unstructured"),
    "a gradient hook": (with_a_gradient_hook, "no gradient hooks", "W"),
    "a parameter without the batch": (with_a_shared_bias, r"begin with its batch \(3,\)", r"b of shape \(4,\)"),
    "two precisions": (in_two_precisions, "one dtype on one device", "float32"),
    "inference tensors": (made_in_inference_mode, "inference tensors", "W"),
}


@pytest.mark.parametrize(("make", "rule", "value"), REFUSED.values(), ids=REFUSED)
def test_training_refuses_what_it_cannot_honour(make, rule, value):
    with pytest.raises(ValueError, match=f"^model must .*{rule}.*, got .*{value}"):
        train(make(), sparse(), config=CONFIG)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("name", ["a parametrisation", "a subclass's forward", "a buffer", "a forward hook"])
def test_what_needs_a_formula_says_so(name):
    for call in (
        lambda model: solve(model, sparse(), progress=False),
        lambda model: start_from_known(model, sparse(), generator=seeded()),
    ):
        for model in (HONOURED[name](), fresh(HiddenReLUModel)):
            with pytest.raises(ValueError, match=r"^model must be a LinearModel or ReLUModel as it is.*, got \w+\("):
                call(model)


def test_a_start_needs_weights_that_may_move():
    with pytest.raises(ValueError, match=r"^model must train W"):
        start_from_known(with_one_fixed("W"), sparse(), generator=seeded())


@pytest.mark.parametrize("name", ["W", "b"])
def test_the_solver_leaves_what_is_fixed(name):
    model = with_one_fixed(name)
    start = {k: p.detach().clone() for k, p in model.named_parameters()}
    before = expected_loss(model, sparse()).loss
    solution = solve(model, sparse(), keep=3, progress=False)
    assert torch.equal(getattr(model, name), start[name])
    assert (solution.loss < before).all()
    loose = {k: p for k, p in model.named_parameters() if k != name}
    slope = torch.autograd.grad(batch_loss(model, sparse().quadrature()).sum(), loose.values())
    assert max(g.abs().max() for g in slope) < 1e-5


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
def test_the_gradient_of_every_model_is_that_of_its_loss(kind):
    """What trains any kind of toy, against autograd through `batch_loss`, and that against differences."""
    model, importance = fresh(kind), torch.tensor([1.0, 0.5, 0.2, 0.1])
    for p in model.parameters():
        p.data += 0.1
    density = torch.tensor([[0.3], [0.6], [0.9]])
    batch = SparseUniform(n_features=4, density=density).sample(30, generator=seeded(1))
    state = State(model)
    theta, out = state.read(), torch.zeros(3, sum(state.sizes))
    gradient_for(model)(theta, torch.arange(3), batch.rows(slice(0, 3)), importance.expand(3, 4), out=out)
    slopes = torch.autograd.grad(batch_loss(model, batch, importance=importance).sum(), list(model.parameters()))
    assert torch.allclose(out, torch.cat([g.flatten(1) for g in slopes], 1), atol=1e-12)

    def loss(*parameters):
        named = dict(zip(state.parameters, parameters, strict=True))
        return (importance * (batch.x - apply(model, named, batch.x)) ** 2).sum(-1).mean(-1)

    assert torch.autograd.gradcheck(loss, [p.detach().clone().requires_grad_() for p in model.parameters()])


@pytest.mark.parametrize("kind", [LinearModel, ReLUModel])
def test_the_tied_kernel_takes_the_steps_of_plain_autograd(kind):
    ends = []
    for door in (TiedGradient, AnyGradient):
        model, generator = fresh(kind), seeded(5)
        run = _Run(model, torch.tensor([1.0, 0.5, 0.2, 0.1]))
        assert isinstance(run.gradient, TiedGradient)
        run.gradient = run.gradient if door is TiedGradient else AnyGradient(model)
        for _ in range(50):
            run.step(sparse().sample(20, generator=generator), 0.01)
        ends.append(run.theta)
    assert torch.allclose(*ends, atol=1e-10)


def test_targets_of_their_own_reach_the_tied_kernel_too():
    x = torch.rand(30, 4, generator=seeded())
    batch = Batch(x, torch.full((30,), 1 / 30), y=1 - x)
    model = fresh()
    state, out = State(model), torch.zeros(3, 12)
    gradient_for(model)(state.read(), torch.arange(3), batch.rows(slice(0, 1)), torch.ones(3, 4), out=out)
    ((1 - x - model(x)) ** 2).sum(-1).mean(-1).sum().backward()
    assert torch.allclose(out, torch.cat([model.W.grad.flatten(1), model.b.grad], 1))


def test_losses_are_as_differentiable_as_the_model():
    model = fresh(batch=())
    x, importance = sparse().sample(30, generator=seeded()).x.requires_grad_(), torch.rand(4).requires_grad_()
    weight = torch.full((30,), 1 / 30)

    def loss(W, b, x=x, importance=importance):
        twin = ReLUModel(n_features=4, n_hidden=2)
        del twin.W, twin.b
        twin.W, twin.b = W, b
        twin.parameters = lambda: iter([W, b])
        return batch_loss(twin, Batch(x, weight), importance=importance)

    def plain(W, b, x=x, importance=importance):
        return (importance * (x - torch.relu(x @ W.mT @ W + b)) ** 2).sum(-1).mean(-1)

    given = model.W.detach(), model.b.detach()
    for ours, theirs in zip(
        torch.autograd.functional.hessian(loss, given), torch.autograd.functional.hessian(plain, given), strict=True
    ):
        assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(ours, theirs, strict=True))
    assert any(block.abs().max() > 0.01 for block in torch.autograd.functional.hessian(loss, given)[0])
    slopes = [torch.autograd.grad(f(*given), (x, importance)) for f in (loss, plain)]
    assert all(torch.allclose(a, b, atol=1e-14) for a, b in zip(*slopes, strict=True))
    for transform in (torch.func.grad, lambda f: torch.func.jacrev(torch.func.grad(f))):
        assert torch.allclose(transform(loss)(*given), transform(plain)(*given), atol=1e-12)


def test_features_of_another_dtype_train_and_are_judged():
    torch.set_default_dtype(torch.float32)
    pairs = {"correlated": [[0, 1]], "anticorrelated": [[2, 3]]}
    for features in (GroupedUniform(n_features=4, density=0.3, **pairs), SparseUniform(n_features=4, density=0.3)):
        torch.set_default_dtype(torch.float64)
        model = trained(fresh(), features)
        plain = by_plain_loop(fresh().float(), features)
        assert model.W.dtype == torch.float64
        assert torch.allclose(model.W.float(), plain.W, atol=1e-3)
        assert expected_loss(model, features).loss.dtype == torch.float64


def test_a_draw_moves_to_the_models_device():
    draw = sparse().sample(5, generator=seeded()).to(torch.empty(0, device="meta", dtype=torch.float32))
    assert isinstance(draw, Draw)
    assert draw.noise.device.type == "meta"
    assert draw.dtype == torch.float32


@pytest.mark.parametrize("around", [lambda: torch.autocast("cpu"), torch.inference_mode, torch.no_grad])
@pytest.mark.parametrize("kind", [ReLUModel, HiddenReLUModel])
def test_training_inside_another_mode_is_training(kind, around):
    torch.set_default_dtype(torch.float32)  # which autocast would lower
    plain, inside = fresh(kind), fresh(kind)
    before = train(plain, sparse(), config=CONFIG, generator=seeded(3))
    with around():
        after = train(inside, sparse(), config=CONFIG, generator=seeded(3))
        again = expected_loss(inside, sparse()).loss
    assert all(torch.equal(p, q) for p, q in zip(plain.parameters(), inside.parameters(), strict=True))
    assert torch.equal(before.loss, after.loss)
    assert torch.equal(before.loss, again)


class Largest(TorchDispatchMode):
    """Notes the largest tensor that any operation makes."""

    numbers = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Run the operation, and look at what it made."""
        made = func(*args, **(kwargs or {}))
        for tensor in made if isinstance(made, (list, tuple)) else [made]:
            if isinstance(tensor, torch.Tensor):
                self.numbers = max(self.numbers, tensor.untyped_storage().nbytes() // tensor.element_size())
        return made


@pytest.mark.parametrize("kind", [ReLUModel, HiddenReLUModel])
@pytest.mark.parametrize("n_features", [2, 8])
def test_many_models_are_trained_and_judged_in_arrays_of_bounded_size(n_features, kind, monkeypatch):
    """The history and the expected loss included: no array holds more than a few times a block's numbers."""
    room = 2**16
    monkeypatch.setattr(loss_module, "ROOM", room)
    monkeypatch.setattr(adam_module, "BLOCK", room)
    density = torch.linspace(0.1, 1, 5)[:, None]
    model = kind(n_features=n_features, n_hidden=1, batch=(160, 5), generator=seeded())
    features = SparseUniform(n_features=n_features, density=density)
    config = TrainConfig(steps=2, batch_size=512, records=2, progress=False)
    with Largest() as seen:
        result = train(model, features, config=config)
    assert 800 * 512 * n_features > 6 * room  # all at once would be more
    assert seen.numbers <= 6 * room
    monkeypatch.undo()
    assert torch.allclose(expected_loss(model, features).loss, result.loss, rtol=1e-6)


def test_one_hot_inputs_need_no_draws_and_a_duck_is_told_what_is_missing(unchecked):
    class Duck:
        n_features = 4

        def exact(self):
            return OneHot(n_features=4).exact()

    with pytest.raises(ValueError, match=r"^features must be a Features, got "):
        train(fresh(), Duck(), config=CONFIG)
    assert math.isfinite(train(fresh(), OneHot(n_features=4), config=CONFIG).loss.max())
