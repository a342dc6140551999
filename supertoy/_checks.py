"""Checks on what a caller passes in: each failure names the argument, the rule and the value received."""

import math

import torch
from torch import Tensor


def whole_number(name: str, value: int, *, at_least: int = 1) -> int:
    """Return `value` if it is an integer of at least `at_least`; raise `ValueError` otherwise."""
    if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
        raise ValueError(f"{name} must be a whole number of at least {at_least}, got {value!r}")
    return value


def number(
    name: str, value: float, *, above: float = -math.inf, at_least: float = -math.inf, at_most: float = math.inf
) -> float:
    """Return `value` if it is above, at least and at most that (so never NaN); raise `ValueError` otherwise."""
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not plain or not above < value <= at_most or value < at_least:
        limits = [("above", above), ("at least", at_least), ("at most", at_most)]
        rules = [f"{rule} {limit}" for rule, limit in limits if abs(limit) < math.inf]
        raise ValueError(f"{name} must be a number {' and '.join(rules)}, got {value!r}")
    return value


def shape(name: str, value: tuple[int, ...]) -> tuple[int, ...]:
    """Return `value` if it is a tuple of whole numbers of at least 1; raise `ValueError` otherwise."""
    if not isinstance(value, (tuple, list)):
        raise ValueError(f"{name} must be a tuple of whole numbers, as in (100,), got {value!r}")
    return tuple(whole_number(name, size) for size in value)


def instance(name: str, value: object, kind: type, *, optional: bool = False):
    """Return `value` if it is of that kind, or None where it is optional; raise `ValueError` otherwise."""
    if not isinstance(value, kind) and not (optional and value is None):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise ValueError(f"{name} must be {article} {kind.__name__}, got {value!r}")
    return value


def one_of(name: str, value: str, options) -> str:
    """Return `value` if it is one of `options`; raise `ValueError` otherwise."""
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, got {value!r}")
    return value


def finite(name: str, value: Tensor) -> Tensor:
    """Return `value` if it holds neither NaN nor infinity; raise `ValueError` otherwise."""
    if not bool(torch.isfinite(value).all()):
        bad = value[~torch.isfinite(value)].flatten()[0].item()
        raise ValueError(f"{name} must be finite everywhere, got {bad}")
    return value


def last_axis(name: str, value: Tensor, n_features: int) -> Tensor:
    """Return `value` if its last axis has one entry per feature; raise `ValueError` otherwise."""
    if value.ndim < 1 or value.shape[-1] != n_features:
        raise ValueError(f"{name} must have a last axis of n_features = {n_features}, got shape {tuple(value.shape)}")
    return value


def importances(value: float | Tensor, n_features: int, *, like: Tensor) -> Tensor:
    """Return importance I as a tensor (..., n) beside `like`; raise `ValueError` if negative, NaN or mis-sized."""
    tensor = torch.as_tensor(value, dtype=like.dtype, device=like.device)
    if tensor.ndim:
        last_axis("importance", tensor, n_features)
    if bool((finite("importance", tensor) < 0).any()):
        raise ValueError(f"importance must be non-negative everywhere, got {tensor.min().item()}")
    return tensor.expand(*tensor.shape[:-1], n_features)


def densities(value: float | Tensor, *, dtype: torch.dtype) -> Tensor:
    """Return density p as a tensor if it lies in (0, 1] everywhere; raise `ValueError` otherwise."""
    p = finite("density", torch.as_tensor(value, dtype=dtype))
    if not bool(((p > 0) & (p <= 1)).all()):
        raise ValueError(f"density must lie in (0, 1] everywhere, got {p[(p <= 0) | (p > 1)].flatten()[0].item()}")
    return p
