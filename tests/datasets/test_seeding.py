"""Samples that depend on seed, epoch and index alone."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.runner import Runner

from mmaction.datasets import RepeatDataset, VideoDataset
from mmaction.engine.hooks.sampler_seed import _datasets


class Draw:
    """A step that draws from each generator."""

    def __call__(self, results: dict) -> dict:
        return {'inputs': torch.tensor([random.random(), np.random.rand(), torch.rand(1).item()])}


@pytest.fixture
def dataset(tmp_path: Path) -> VideoDataset:
    (tmp_path / 'list.txt').write_text(''.join(f'{i}.mp4 0\n' for i in range(6)))
    return VideoDataset(ann_file=str(tmp_path / 'list.txt'), pipeline=[Draw()], data_prefix=dict(video=''))


def epoch(dataset: VideoDataset, workers: int, seed: int) -> torch.Tensor:
    loader = Runner.build_dataloader(
        dict(
            dataset=dataset,
            batch_size=2,
            num_workers=workers,
            sampler=dict(type='DefaultSampler', shuffle=False),
            persistent_workers=workers > 0,
        ),
        seed=1,
    )
    out = []
    for s in (seed, seed + 1):
        loader.dataset.seed_samples(s)  # the runner copies the dataset it is given
        out.append(torch.cat([torch.stack(batch['inputs']) for batch in loader]))
    return torch.stack(out)


def test_workers_do_not_matter_but_epochs_do(dataset: VideoDataset) -> None:
    alone = epoch(dataset, 0, seed=7)
    assert torch.equal(alone, epoch(dataset, 2, seed=7))  # the persistent workers see the second seed too
    assert alone.unique().numel() == 2 * 6 * 3
    assert torch.equal(alone[1], epoch(dataset, 0, seed=8)[0])


def test_the_process_keeps_its_own_stream(dataset: VideoDataset) -> None:
    def draws() -> list[float]:
        return [random.random(), np.random.rand(), torch.rand(1).item()]

    def seed() -> None:
        random.seed(0), np.random.seed(0), torch.manual_seed(0)

    seed()
    plain = [draws(), draws()]
    dataset.seed_samples(3)
    seed()
    mixed = [draws()]
    dataset[0]
    assert [*mixed, draws()] == plain


def test_passes_of_a_repeated_dataset_differ(dataset: VideoDataset) -> None:
    repeated = RepeatDataset(dataset, times=2)
    assert list(_datasets(repeated)) == [dataset]
    dataset.seed_samples(5)
    first, second = repeated[1]['inputs'], repeated[7]['inputs']
    assert not torch.equal(first, second)
    assert torch.equal(first, repeated[1]['inputs'])
    assert torch.equal(first, dataset[1]['inputs'])


def test_unseeded_samples_draw_on(dataset: VideoDataset) -> None:
    np.random.seed(0)
    assert not torch.equal(dataset[0]['inputs'], dataset[0]['inputs'])
