"""Sparse autoencoders: learn directions from hidden vectors alone, many dictionaries side by side, and judge them."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor, nn
from torch.nn.functional import normalize

from supertoy._checks import finite, instance, one_of, shape, whole_number
from supertoy._progress import progress_bar
from supertoy.adam import TrainConfig
from supertoy.dictionary import explained

ACTIVATIONS = ("relu", "topk", "batchtopk", "jumprelu")
BANDWIDTH = 0.1  # JumpReLU: how near its threshold a sum must be to move it
BLOCK = 2**18  # numbers in one array of a block of SAEs
TINY = torch.finfo(torch.float32).tiny


class SAE(nn.Module):
    """A batch of sparse autoencoders: codes a = σ((h − c)E + b), reconstruction ĥ = aD + c, each row of D of length 1.

    Args:
        n_hidden: dimensions m of a hidden vector.
        n_latents: latents L, the rows of D.
        activation: σ. "relu"; "topk": the k largest of a vector, "batchtopk": k a vector on average, the largest of a
            batch; "jumprelu": what exceeds a threshold of its own. All are 0 below 0.
        k: a number, or for "topk" a tensor of `batch`'s shape; "relu" and "jumprelu" don't use it.
        prefixes: Matryoshka: numbers of first latents that must reconstruct h without the others, rising to L.
        batch: leading axes: so many SAEs.
        decoder: D at the start, shape (..., L, m), brought to length 1; random directions if left out. E starts as
            Dᵀ.

    Raises `ValueError` if an argument is invalid. Source: Bricken et al. (2023); TopK: Gao et al. (2024); BatchTopK:
    Bussmann et al. (2024); JumpReLU: Rajamanoharan et al. (2024); Matryoshka: Bussmann et al. (2025).
    """

    def __init__(
        self,
        *,
        n_hidden: int,
        n_latents: int,
        activation: str = "topk",
        k: int | Tensor = 4,
        prefixes: tuple[int, ...] = (),
        batch: tuple[int, ...] = (),
        decoder: Float[Tensor, "*#batch L m"] | None = None,
        generator: Generator | None = None,
    ):
        super().__init__()
        m, L = whole_number("n_hidden", n_hidden), whole_number("n_latents", n_latents)
        self.activation = one_of("activation", activation, ACTIVATIONS)
        self.k = torch.as_tensor(k).expand(shape("batch", batch) if activation == "topk" else ())
        if self.k.is_floating_point() or not 1 <= self.k.min() <= self.k.max() <= L:
            raise ValueError(f"k must be a whole number from 1 to n_latents = {L}, got {k!r}")
        self.prefixes = (*shape("prefixes", prefixes), L) if L not in prefixes else shape("prefixes", prefixes)
        if sorted(set(self.prefixes)) != list(self.prefixes):
            raise ValueError(f"prefixes must rise to n_latents = {L}, got {prefixes}")
        if decoder is None:
            decoder = torch.randn(*batch, L, m, generator=generator)
        decoder = normalize(finite("decoder", decoder), dim=-1).expand(*batch, L, m)
        self.decoder = nn.Parameter(decoder.clone(memory_format=torch.contiguous_format))
        self.encoder = nn.Parameter(decoder.mT.clone(memory_format=torch.contiguous_format))
        self.bias = nn.Parameter(decoder.new_zeros(*batch, L))
        self.center = nn.Parameter(decoder.new_zeros(*batch, m))
        wide, cut = (L, 0.1) if activation == "jumprelu" else (1, 0.0)
        self.threshold = nn.Parameter(decoder.new_full((*batch, wide), cut), requires_grad=cut > 0)

    def forward(self, h: Float[Tensor, "*#batch points m"]) -> Float[Tensor, "*batch points L"]:
        """The codes a of hidden vectors, shape (..., points, L)."""
        z = (h - self.center[..., None, :]) @ self.encoder + self.bias[..., None, :]
        cut = _kth_largest(z, self.k) if self.activation == "topk" else self.threshold[..., None, :]
        return _above(z, cut)

    def decode(self, codes: Float[Tensor, "*#batch points L"]) -> Float[Tensor, "*batch points m"]:
        """ĥ = aD + c, shape (..., points, m)."""
        return codes @ self.decoder + self.center[..., None, :]


def _kth_largest(z: Float[Tensor, "*batch points L"], k: Int[Tensor, "*batch"]) -> Float[Tensor, "*batch points 1"]:
    """The k-th largest number of each row, if above 0. For small k, rounds of maxima are quicker than a sort."""
    if k.min() < k.max() or k.max() > 8:
        best = z.topk(int(k.max()), -1).values
        cut = best.gather(-1, (k - 1)[..., None, None].expand(*best.shape[:-1], 1))
    else:
        left = z.clamp(min=0)
        for _ in range(int(k.max()) - 1):
            left.mul_((left.amax(-1, keepdim=True) - left).sign_())
        cut = left.amax(-1, keepdim=True)
    return cut.clamp_(min=TINY)


def _above(z: Tensor, cut: Tensor, out: Tensor | None = None) -> Tensor:
    """The sums z where they are at least the cut (above 0), else 0; masks would cost ten times as much."""
    return torch.sub(z, cut, out=out).sign_().add_(1).clamp_(max=1).mul_(z)


class Fit(NamedTuple):
    """What fitting leaves behind: the trained SAEs, and False if the run was interrupted."""

    sae: SAE
    finished: bool


@torch.no_grad()
def fit_sae(
    sae: SAE,
    h: Float[Tensor, "*#batch points m"],
    *,
    penalty: float | Float[Tensor, "*#batch"] = 0.0,
    prefix_weight: float | Float[Tensor, "*#batch"] = 1.0,
    config: TrainConfig | None = None,
    generator: Generator | None = None,
) -> Fit:
    """Minimise E ‖h − ĥ‖² + λ‖a‖₁ (JumpReLU: λ‖a‖₀) for each SAE, in place, by Adam on rows of h drawn for each step.

    λ is `penalty`, a number or one for each SAE. A Matryoshka SAE adds the same error of every shorter prefix, each
    `prefix_weight` times. c starts at the mean of h where it is 0. Parameters that require no gradients stay as they
    are. Ctrl-C ends the run early and keeps what there is.

    Raises `ValueError` if an argument is invalid, shapes disagree, or anything is not finite.
    """
    config = instance("config", config or TrainConfig(lr=0.01, batch_size=512), TrainConfig)
    generator = instance("generator", generator or torch.Generator().manual_seed(0), Generator)
    m = instance("sae", sae, SAE).center.shape[-1]
    if finite("h", h).ndim < 2 or h.shape[-1] != m:
        raise ValueError(f"h must have shape (..., points, {m}), got shape {tuple(h.shape)}")
    if sae.center.requires_grad and not sae.center.any():
        sae.center += h.mean(-2)
    slopes, finished = Slopes(sae, config.batch_size, penalty, prefix_weight), True
    adam = torch.optim.Adam([p for p in slopes.learns if p.requires_grad], betas=config.betas, fused=True)
    try:
        for step in progress_bar(range(config.steps), "fitting", show=config.progress):
            slopes.fill(h[..., torch.randint(h.shape[-2], (config.batch_size,), generator=generator), :])
            adam.param_groups[0]["lr"] = config.rate(step)
            adam.step()
            sae.decoder.copy_(normalize(sae.decoder, dim=-1))
            sae.threshold.clamp_(min=0)
    except KeyboardInterrupt:
        finished = False
    adam.zero_grad()
    for name, parameter in sae.named_parameters():
        finite(name, parameter)
    return Fit(sae, finished)


class Slopes:
    """The loss's slopes, a block of SAEs at a time, in arrays that stay in cache: a few matrix products each."""

    def __init__(self, sae: SAE, points: int, penalty: float | Tensor, prefix_weight: float | Tensor):
        batch, L = sae.bias.shape[:-1], sae.bias.shape[-1]
        self.sae, self.learns = sae, [sae.encoder, sae.decoder, sae.bias, sae.center]
        self.learns += [sae.threshold] if sae.activation == "jumprelu" else []
        for parameter in self.learns:
            parameter.grad = torch.zeros_like(parameter)
        fixed = [sae.k.expand(batch)]
        for name, value in (("penalty", penalty), ("prefix_weight", prefix_weight)):
            number = finite(name, torch.as_tensor(value, dtype=sae.bias.dtype))
            if bool((number < 0).any()):
                raise ValueError(f"{name} must be at least 0 everywhere, got {number.min().item()}")
            fixed.append(number.expand(batch))
        tensors = [*(p.detach() for p in self.learns[:4]), sae.threshold, *fixed, *(p.grad for p in self.learns)]
        some = max(1, BLOCK // (points * L))
        flat = [t.reshape(-1, *t.shape[len(batch) :]).split(some) for t in tensors]
        self.blocks, self.room = list(zip(*flat, strict=True)), sae.bias.new_empty(3, some, points, L)
        self.ends = list(zip((0, *sae.prefixes[:-1]), sae.prefixes, strict=True))

    def fill(self, h: Float[Tensor, "*#batch points m"]) -> None:
        """Write the slopes at these points into every parameter's `grad`."""
        h, first = h.expand(*self.sae.bias.shape[:-1], *h.shape[-2:]).reshape(-1, *h.shape[-2:]), 0
        for block in self.blocks:
            self.some(h[first : first + len(block[0])], *block)
            first += len(block[0])

    def some(self, h, E, D, b, c, cut, k, penalty, prefix_weight, to_E, to_D, to_b, to_c, *to_cut) -> None:
        """The slopes of some SAEs: forth to the errors of each prefix, and back to a, D and z."""
        (z, a, to_a), points, kind = self.room[:, : len(h)], h.shape[-2], self.sae.activation
        centered, cut = h - c[:, None], cut[:, None]
        torch.baddbmm(b[:, None], centered, E, out=z)
        now = _kth_largest(z, k) if kind == "topk" else cut
        if kind == "batchtopk":
            now = z.flatten(1).topk(int(k[0]) * points, sorted=False).values.amin(-1).clamp_(min=TINY)[:, None, None]
            cut.lerp_(now, 0.02)  # used later: what cut a batch, on average over the last ones
        _above(z, now, a)
        out, errors = c[:, None], []
        for start, end in self.ends:
            out = torch.baddbmm(out, a[..., start:end], D[:, start:end])
            whole = end == D.shape[1]
            errors.append((out - h).mul_(2 / points if whole else prefix_weight[:, None, None] * 2 / points))
        error = 0  # a latent answers for every prefix that it is in
        for (start, end), more in reversed(list(zip(self.ends, errors, strict=True))):
            error = more.add_(error)
            torch.bmm(error, D[:, start:end].mT, out=to_a[..., start:end])
            to_D[:, start:end] = torch.bmm(error.mT, a[..., start:end]).mT
        to_D -= (to_D * D).sum(-1, keepdim=True) * D  # along the sphere
        price = penalty[:, None, None] / points
        if to_cut:
            near = torch.sub(z, cut).abs_().sub_(BANDWIDTH / 2).sign_().clamp_(max=0).div_(BANDWIDTH)
            torch.sum(near.mul_(cut * to_a + price), 1, out=to_cut[0])
        if kind == "relu":
            to_a += price
        to_z = to_a.mul_(torch.sign(a, out=z))
        torch.sum(to_z, 1, out=to_b)
        torch.bmm(centered.mT.contiguous(), to_z, out=to_E)
        torch.sub(error.sum(1), (E @ to_b[..., None])[..., 0], out=to_c)


class Quality(NamedTuple):
    """How well codes describe hidden vectors, each of shape `batch`.

    Attributes:
        explained: the variance explained, see `dictionary.explained`.
        active: E‖a‖₀, latents active at once.
        living: which latents are active on some vector, shape (..., L).
    """

    explained: Float[Tensor, "*batch"]
    active: Float[Tensor, "*batch"]
    living: Bool[Tensor, "*batch L"]


@torch.no_grad()
def quality(sae: SAE, h: Float[Tensor, "*#batch points m"]) -> Quality:
    """Variance explained, active latents and living latents on these vectors."""
    codes = sae(h)
    on = codes > 0
    return Quality(explained(h, sae.decode(codes)), on.sum(-1).to(h).mean(-1), on.any(-2))
