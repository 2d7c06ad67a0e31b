import sys
from pathlib import Path

import pytest

from prorl_rllib.envs import Task
from prorl_rllib.envs.verification import WorkerPool

sys.path.append(str(Path(__file__).parent))  # workers are handed sys.path, so that they can import probe_domain
import probe_domain  # noqa: F401


@pytest.fixture(scope="module")
def pool():
    pool = WorkerPool(num_workers=2, memory_bytes=2**30)
    yield pool
    pool.close()


@pytest.fixture
def single_worker_pool():
    pool = WorkerPool(num_workers=1, memory_bytes=2**30)
    yield pool
    pool.close()


@pytest.fixture
def probe(tmp_path):
    """Makes a task of the probe domain."""

    def make(**reference):
        reference = {"folder": str(tmp_path), **reference}
        return Task(task_id="probe/1", domain="probe", prompt="p", reference=reference)

    return make
