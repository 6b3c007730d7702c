"""Memory of arrays is handed out again only when nothing refers to it."""

import threading

import numpy as np
import pytest
import torch

from mmaction.utils.buffers import BufferPool, empty

SHAPE = (4, 512, 512, 3)  # 3 MiB


def address(array: np.ndarray) -> int:
    return array.__array_interface__['data'][0]


def test_memory_of_an_array_that_is_gone_is_used_again():
    pool = BufferPool()
    first = pool.empty(SHAPE)
    where = address(first)
    del first
    other = pool.empty((2, 512, 512, 3), np.int16)  # of the same size
    assert address(other) == where
    assert other.shape == (2, 512, 512, 3)
    assert other.dtype == np.int16
    assert other.flags.writeable and other.flags.c_contiguous


@pytest.mark.parametrize(
    'keep',
    [
        lambda array: array,
        lambda array: array[1:, ::-1, 5:9],
        lambda array: array.reshape(-1).view(np.int32)[3:],
        lambda array: torch.from_numpy(array)[2],
        lambda array: torch.from_numpy(array).permute(0, 3, 1, 2).float,  # a bound method
        lambda array: list(array),
        lambda array: memoryview(array),
        lambda array: [{'nested': array.T}],
    ],
    ids=['array', 'slice', 'view', 'tensor', 'method', 'list', 'memoryview', 'nested'],
)
def test_memory_to_which_anything_refers_is_left_alone(keep):
    pool = BufferPool()
    array = pool.empty(SHAPE)
    array[:] = 7
    where = address(array)
    kept = keep(array)
    del array
    for _ in range(3):
        other = pool.empty(SHAPE)
        assert address(other) != where
        other[:] = 0
        del other
    del kept
    buffers = [pool.empty(SHAPE), pool.empty(SHAPE)]
    assert where in map(address, buffers)


def test_no_more_than_the_limit_is_kept():
    pool = BufferPool(kept=7 << 20)
    arrays = [pool.empty(SHAPE) for _ in range(5)]  # the first three are given up: memory of their own
    arrays[0][:] = 1
    latest = {address(array) for array in arrays[3:]}
    del arrays[1:]
    assert {address(array) for array in [pool.empty(SHAPE), pool.empty(SHAPE)]} == latest
    assert (arrays[0] == 1).all()


def test_larger_than_the_limit_is_not_kept():
    pool = BufferPool(kept=1 << 20)
    pool.empty(SHAPE)
    assert pool._buffers == []


def test_a_buffer_is_at_most_twice_as_large_as_needed():
    pool = BufferPool()
    where = address(pool.empty(SHAPE))
    small = pool.empty((1, 512, 1000, 3))
    assert address(small) != where
    fitting = pool.empty((3, 512, 512, 3))
    assert address(fitting) == where
    assert fitting.nbytes == 3 * 512 * 512 * 3


def test_small_arrays_and_objects_are_those_of_numpy():
    pool = BufferPool()
    assert pool.empty((3, 4), np.float32).shape == (3, 4)
    assert pool.empty((300_000,), object)[0] is None
    assert pool._buffers == []


def test_threads_share_nothing():
    mine = empty(SHAPE)
    where = address(mine)
    del mine
    found = []
    thread = threading.Thread(target=lambda: found.append(empty(SHAPE)))
    thread.start()
    thread.join()
    assert address(found[0]) != where
    assert found[0].shape == SHAPE
