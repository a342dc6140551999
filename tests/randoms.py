"""Random toys and tensors that several tests start from."""

import torch

from supertoy import LinearModel, ReLUModel


def toy(n, m, seed, activation="relu", batch=()):
    """A model with random weights and biases, and importances."""
    generator = torch.Generator().manual_seed(seed)
    kind = ReLUModel if activation == "relu" else LinearModel
    model = kind(n_features=n, n_hidden=m, batch=batch, generator=generator)
    W = torch.randn(model.W.shape, generator=generator) * 0.7
    b = torch.randn(model.b.shape, generator=generator) * 0.3
    return kind.from_weights(W, b), torch.rand(n, generator=generator)


def random(*shape, seed=0):
    """Numbers from N(0, 1), of this shape."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
