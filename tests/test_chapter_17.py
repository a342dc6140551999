"""What chapter 17 writes out by hand, held against scikit-learn."""

import json
from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from supertoy import seed

CHAPTER = Path(__file__).parent.parent / "book" / "17_open_a_real_network.ipynb"


@pytest.mark.usefixtures("unchecked")
def test_k_means_by_hand_makes_heaps_as_tight_as_scikit_learns():
    from sklearn.cluster import KMeans

    torch.set_default_dtype(torch.float32)
    sources = ["".join(cell["source"]) for cell in json.loads(CHAPTER.read_text())["cells"]]
    written = next(source for source in sources if "def k_means" in source).split("\n\n\n")[0]
    names = {"torch": torch, "seed": seed, "normalize": normalize}
    exec(written, names)
    topics = torch.randn(600, 384, generator=seed(0))
    points = topics[torch.randint(600, (3000,), generator=seed(1))] + torch.randn(3000, 384, generator=seed(2))
    unit = normalize(points, dim=1)
    own = names["k_means"](unit, 0)
    other = KMeans(768, n_init=1, max_iter=10, init="random", random_state=0).fit(unit.numpy()).cluster_centers_
    tight, known = (
        (unit @ normalize(torch.as_tensor(c, dtype=unit.dtype), dim=1).T).amax(1).mean() for c in (own, other)
    )
    assert own.shape == (768, 384)
    assert torch.allclose(own.norm(dim=1), torch.ones(768), atol=1e-5)
    assert abs(tight - known) < 0.02
