"""Sweep an experiment over a grid: in parallel, on one machine or many, and no finished part is computed twice."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import torch
from torch import Tensor

from supertoy._checks import finite, whole_number
from supertoy._chunks import pack, put_together, settings, store, stored, unpack
from supertoy._fingerprint import fingerprint, sources_of_the_package
from supertoy._joblib import run
from supertoy._progress import progress_bar


def sweep(
    grid: Mapping[str, Tensor | Sequence[float]],
    experiment: Callable[..., Tensor | dict[str, Tensor] | tuple[Tensor, ...]],
    *,
    cells_per_chunk: int = 32,
    folder: str | os.PathLike | None = None,
    seed: int = 0,
    progress: bool = True,
) -> Tensor | dict[str, Tensor] | tuple[Tensor, ...]:
    """Call `experiment(**axes, generator=…)` on chunks of the product of the grid's axes, and put the answers together.

    An axis is k numbers; the grid's shape is (k1, k2, …), in the given order. The experiment gets a tensor (cells,) for
    each axis and a generator of its own, and returns a tensor (cells, ...), or a dict or NamedTuple of them; `sweep`
    returns the same as (k1, k2, …, ...). Chunks run where `joblib.parallel_config` says, or else on all cores, each on
    one thread and in the caller's default dtype, so the answer has the same bits everywhere. With a `folder` (there is
    no default), a chunk is kept as it finishes, under a fingerprint of the experiment, all that it refers to, its
    cells, the seed, dtype and versions.

    Raises `ValueError` if the grid, a number, the experiment's answer, or (with a folder) what it refers to is invalid;
    and the experiment's own error, once the chunks that were under way are kept.
    """
    chunks, shape = _chunks(grid, whole_number("cells_per_chunk", cells_per_chunk))
    whole_number("seed", seed, at_least=0)
    if not callable(experiment):
        raise ValueError(f"experiment must be a function, got {experiment!r}")
    dtype, errors = torch.get_default_dtype(), []
    paths = _paths(folder, experiment, chunks, [seed, dtype]) if folder is not None else []
    done = {i: data for i, path in enumerate(paths) if (data := stored(path)) is not None}
    tasks = [(experiment, pack(chunk), seed, i, dtype) for i, chunk in enumerate(chunks) if i not in done]
    with settings(dtype), closing(run(tasks, errors)) as answers:
        for i, data in progress_bar(answers, "sweep", show=progress, total=len(chunks), done=len(done)):
            if isinstance(data, Exception):
                errors.append(data)
            else:
                done[i] = data
                if paths:
                    store(paths[i], data)
    if errors:
        raise errors[0]
    return _together([unpack(done[i]) for i in range(len(chunks))], shape)


def _chunks(grid: Mapping, size: int) -> tuple[list[dict[str, Tensor]], tuple[int, ...]]:
    """The grid's cells in order, `size` at a time, and the grid's shape."""
    if not isinstance(grid, Mapping) or not grid:
        raise ValueError(f"grid must map at least one name to numbers, got {grid!r}")
    axes = {}
    for name, values in grid.items():
        if not str(name).isidentifier() or name == "generator":
            raise ValueError(f"grid must name its axes as arguments of the experiment, not 'generator', got {name!r}")
        try:
            axes[name] = torch.as_tensor(values).detach().cpu()
        except (TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"grid[{name!r}] must hold numbers, got {values!r}") from error
        if axes[name].ndim != 1 or not len(axes[name]):
            shape = tuple(axes[name].shape)
            raise ValueError(f"grid[{name!r}] must have one axis and at least one number, got shape {shape}")
        finite(f"grid[{name!r}]", axes[name])
    shape = tuple(map(len, axes.values()))
    places = torch.unravel_index(torch.arange(torch.Size(shape).numel()), shape)
    cells = [axis[place].split(size) for axis, place in zip(axes.values(), places, strict=True)]
    return [dict(zip(axes, chunk, strict=True)) for chunk in zip(*cells, strict=True)], shape


def _paths(folder: str | os.PathLike, experiment: Callable, chunks: list[dict], settings: list) -> list[Path]:
    """Where each chunk is kept: its file is named after all that decides its answer."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    code = [fingerprint(experiment), sources_of_the_package(), torch.__version__, *settings]
    return [Path(folder) / f"{fingerprint([code, i, chunk])}.chunk" for i, chunk in enumerate(chunks)]


def _together(parts: list, shape: tuple[int, ...]) -> Tensor | dict[str, Tensor] | tuple[Tensor, ...]:
    """The chunks' answers as one, in the grid's shape."""
    kinds = {(kind, frozenset(part)) for kind, part in parts}
    (kind, first), *_ = parts
    try:
        if len(kinds) > 1:
            raise KeyError(*sorted(map(str, kinds)))
        whole = {name: torch.cat([part[name] for _, part in parts]) for name in first}
    except (KeyError, RuntimeError) as error:
        raise ValueError(f"experiment must return the same names and shapes for every chunk, got {error}") from error
    return put_together(kind, {name: tensor.reshape(*shape, *tensor.shape[1:]) for name, tensor in whole.items()})
