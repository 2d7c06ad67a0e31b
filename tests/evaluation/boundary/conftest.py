import pytest


@pytest.fixture
def write_samples(tmp_path, make_record):
    """A function that writes a file of samples: a task is a list of whether its samples are right."""
    from prorl_rllib.evaluation.sample_file import SampleFile

    def write(name, tasks, record=lambda task, sample: {}, **header):
        settings = {
            "kind": "hugging_face",
            "model": f"/models/{name}",
            "training_iteration": None,
            "weights_sha256": name,
            "env": "prorl/Math-v0",
            "env_config": {},
            "num_prompts": len(tasks),
            "samples_per_prompt": max(map(len, tasks)),
            "temperature": 0.6,
            "top_p": 0.95,
            "max_completion_length": 64,
            "seed": 1,
            "versions": {"torch": "2.13.0"},
            **header,
        }
        path = tmp_path / f"{name}.jsonl"
        with SampleFile(path, settings, overwrite=True) as file:
            for task, samples in enumerate(tasks):
                file.append(
                    make_record(
                        **{
                            "task_id": f"math/{task}",
                            "prompt_index": task,
                            "prompt": f"task {task}?",
                            "sample_index": sample,
                            "correct": right,
                            "reward": float(right),
                            **record(task, sample),
                        }
                    )
                    for sample, right in enumerate(samples)
                )
        return path

    return write
