"""Keys that do not fit together are refused before anything starts, with what to change."""

import pytest

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl.config_checks import RULES


def config(**values):
    made = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="m")
    return made.update_from_dict(values)


REFUSED = {
    "batch words that do not divide": (
        {"prompts_per_step": 100, "prompts_per_optimizer_step": 30},
        r"prompts_per_optimizer_step=30 does not divide prompts_per_step=100.*25, 50|20, 25",
    ),
    "fewer prompts than learners": ({"prompts_per_optimizer_step": 1, "num_learners": 2}, "below num_learners=2"),
    "KL in loss and reward": ({"kl_placement": ["loss", "reward"]}, r"one of loss, reward.*never in both"),
    "KL in the reward without a coefficient": ({"kl_placement": "reward", "kl_coeff": 0}, "kl_coeff above 0"),
    "a gradient in the reward": ({"kl_placement": "reward", "kl_estimator": "k3+"}, "k1, k2 or k3"),
    "adaptive KL without a target": ({"kl_horizon": 100}, "kl_horizon=100 has no effect.*set kl_target"),
    "adaptive KL from 0": ({"kl_target": 0.1, "kl_coeff": 0.0}, "kl_target=0.1 with kl_coeff=0"),
    "a horizon shorter than an update": ({"kl_target": 0.1, "kl_horizon": 800}, r"kl_horizon=800.*exceed 819"),
    "bounds the wrong way round": ({"mismatch_low": 3.0, "mismatch_high": 2.0}, "mismatch_low=3.0 exceeds"),
    "a correction of nothing": (
        {"mismatch_correction": "icepop", "old_logprobs": "sampler"},
        "set old_logprobs='learner' or None",
    ),
    "statistics nobody reads": (
        {"advantage_statistics": "token"},
        "advantage_estimator='reinforce_plus_plus_baseline'",
    ),
    "Dr. GRPO with another estimator": (
        {"advantage_estimator": "rloo", "advantage_std_normalize": False},
        "advantage_std_normalize=False has no effect",
    ),
    "dual clip without a clip": ({"policy_loss": "gspo", "dual_clip": 3.0}, "dual_clip=3.0 has no effect"),
    "an epsilon nobody adds": ({"advantage_estimator": "rloo", "advantage_eps": 1e-4}, "advantage_eps=0.0001 has no"),
    "an epsilon of Dr. GRPO": (
        {"advantage_std_normalize": False, "advantage_eps": 1e-4},
        "advantage_eps=0.0001 has no effect",
    ),
    "a lower bound of CISPO": ({"policy_loss": "cispo", "clip_low": 0.1}, "clip_low=0.1 has no effect"),
    "bounds of no correction": ({"mismatch_high": 2.0}, "mismatch_high=2.0 has no effect"),
    "a lower bound of no correction": ({"mismatch_low": 0.9}, "mismatch_low=0.9 has no effect"),
    "an end of no fall": ({"lr_min_factor": 0.5}, "lr_min_factor=0.5 has no effect"),
    "a plateau nobody sees": ({"reset_plateau_evaluations": 5}, "reset_plateau_evaluations=5.*set evaluation_interval"),
    "a gain nobody measures": ({"reset_plateau_min_gain": 0.1}, "reset_plateau_min_gain=0.1 has no effect"),
    "a gain of no plateau": (
        {"evaluation_interval": 5, "reset_plateau_evaluations": None, "reset_plateau_min_gain": 0.1},
        "reset_plateau_min_gain=0.1 has no effect",
    ),
    "a curriculum that is off": ({"curriculum_window": 64}, r"curriculum_window=64.*curriculum\(enabled=True\)"),
    "a difficulty range of no curriculum": (
        {"curriculum_difficulty": {"math": (2, 5)}},
        "curriculum_difficulty=.*has no effect",
    ),
    "a buffer beyond the limit": (
        {"soft_overlong_buffer": 200, "max_completion_length": 100},
        "soft_overlong_buffer=200 exceeds max_completion_length=100",
    ),
    "a penalty without a buffer": ({"soft_overlong_penalty": 0.5}, "soft_overlong_penalty=0.5 has no effect"),
    "a cycle of nothing": ({"cosine_length_on": 50}, "cosine_length_on=50 has no effect"),
    "a cosine without its weight": ({"cosine_length": {"min": -0.5, "max": 0.0}}, "has no weight"),
    "an unknown key of the cosine": (
        {"cosine_length": {"min": -0.5, "max": 0.0, "wieght": 1.0}},
        "did you mean 'weight'",
    ),
    "a cosine that rises": ({"cosine_length": {"min": 0.5, "max": 0.0, "weight": 1.0}}, "min must be below max"),
    "a schedule without a length": ({"lr_schedule": "cosine"}, "lr_schedule='cosine' without lr_decay_steps"),
    "a length without a schedule": ({"lr_decay_steps": 100}, "lr_decay_steps=100 has no effect"),
    "the best policy without evaluation": ({"reset_to": "best"}, "reset_to='best' without evaluation"),
    "a period below the spacing": ({"reset_period": 50}, "reset_period=50 is below reset_min_spacing=100"),
    "a KL budget without a KL": ({"reset_kl_budget": 0.1, "kl_coeff": 0.0}, "reset_kl_budget=0.1 with kl_coeff=0"),
    "a shared prefix in padded rows": ({"packing": False, "shared_prefix": True}, "needs packing=True"),
    "shards of one learner": ({"learner_sharding": "fsdp2"}, "sharding needs remote learners"),
    "shards of an adapter": (
        {"learner_sharding": "fsdp2", "num_learners": 2, "lora": {"rank": 4}},
        "learner_sharding='fsdp2' with lora=",
    ),
    "an adapter of rank 0": ({"lora": {"rank": 0}}, "rank"),
    "success rates the wrong way round": ({"curriculum_target_low": 0.8}, "curriculum_target_low=0.8 must be below"),
    "a difficulty range the wrong way round": (
        {"curriculum_difficulty": {"math": (5, 2)}},
        r"curriculum_difficulty\['math'\]",
    ),
    "a negative weight": ({"curriculum_weights": {"math": -1.0}}, r"curriculum_weights\['math'\]=-1.0"),
    "no weight at all": ({"curriculum_weights": {"math": 0.0}}, "at least one weight must be above 0"),
}


@pytest.mark.parametrize(("values", "message"), REFUSED.values(), ids=REFUSED)
def test_keys_that_do_not_fit_together_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        config(**values).validate()


def test_no_plateau_and_no_period_mean_no_reset_with_or_without_evaluation():
    for interval in (None, 5):
        made = config(reset_plateau_evaluations=None, evaluation_interval=interval)
        made.validate()
        settings = made.reference_reset_settings
        assert (settings.period, settings.plateau_evaluations) == (None, None)


@pytest.mark.parametrize("key", sorted({ProRLConfig.DICT_KEYS.get(key, key) for key, _, _ in RULES}))
def test_minus_one_means_nothing_anywhere(key):
    """Neither "off", nor "all", nor "unlimited": those are None or a word of their own."""
    with pytest.raises(ValueError, match=r"-1 |-1\.|=-1"):
        config(**{key: -1}).validate()


STAGES = {
    "a stage that is no dict": ([5], "stage 1=5"),
    "no iteration": ([{"reset_reference": True}], "from_iteration=None"),
    "the first iteration": ([{"from_iteration": 1, "reset_reference": True}], "from_iteration=1.*at least 2"),
    "out of order": (
        [{"from_iteration": 20, "reset_reference": True}, {"from_iteration": 10, "reset_reference": True}],
        r"stage 2 has from_iteration=10.*stage 1 \(20\).*in order",
    ),
    "the same iteration twice": ([{"from_iteration": 20, "reset_reference": True}] * 2, "stages must be in order"),
    "an unknown section": ([{"from_iteration": 2, "trainig": {}}], "did you mean 'training'"),
    "an unknown key": ([{"from_iteration": 2, "training": {"grup_size": 4}}], "did you mean 'group_size'"),
    "what no stage may change": ([{"from_iteration": 2, "training": {"model": "n"}}], "'model' in training of stage 1"),
    "nothing": ([{"from_iteration": 2}], "stage 1 changes nothing"),
    "a value out of range": ([{"from_iteration": 2, "training": {"group_size": 1}}], "stage 1: group_size=1"),
    "values that do not fit together": (
        [{"from_iteration": 2, "training": {"kl_coeff": 0.0}}, {"from_iteration": 3, "training": {"kl_target": 0.1}}],
        "stage 2: kl_target=0.1 with kl_coeff=0",
    ),
    "what nobody reads": (
        [{"from_iteration": 2, "training": {"mismatch_low": 0.9}}],
        "stage 1: mismatch_low=0.9 has no effect",
    ),
    "what nobody reads in a reset": (
        [{"from_iteration": 2, "reference_reset": {"plateau_min_gain": 0.1}}],
        "stage 1: reset_plateau_min_gain=0.1 has no effect",
    ),
    "wrong weights": (
        [{"from_iteration": 2, "env_config": {"weights": {"math": -1}}}],
        r"stage 1: weights\['math'\]=-1",
    ),
}


@pytest.mark.parametrize(("stages", "message"), STAGES.values(), ids=STAGES)
def test_stages_are_checked_before_anything_starts(stages, message):
    with pytest.raises(ValueError, match=message):
        config(stages=stages).validate()


@pytest.mark.parametrize(
    ("env_config", "weights", "message"),
    [
        ({}, {"maths": 1.0}, "'maths' in stage 1: weights"),
        ({"domains": {"math": {}, "logic": {}}}, {"stem": 1.0}, "'stem' in stage 1: weights"),
        ({"domains": {"math": {}}}, {"math": 0.0}, "at least one weight must be above 0"),
        ({"domains": {"math": {}, "logic": {}}}, {"math": 0.0}, None),
    ],
)
def test_the_blend_of_a_stage_is_checked_before_anything_starts(env_config, weights, message):
    """A name that is wrong would otherwise end the run when the stage begins; a name left out weighs 1."""
    made = config(stages=[{"from_iteration": 900, "env_config": {"weights": weights}}])
    made.environment("prorl_rllib:prorl/Mixture-v0", env_config=env_config)
    if message is None:
        made.validate()
        made.curriculum(weights=weights).validate()
        return
    with pytest.raises(ValueError, match=message):
        made.validate()
    made.stages([]).curriculum(weights=weights)
    with pytest.raises(ValueError, match="curriculum_weights"):
        made.validate()


def test_the_papers_eight_runs_are_stages():
    runs = [
        {"from_iteration": 400, "reset_reference": True},
        {"from_iteration": 800, "env_config": {"weights": {"math": 1.0, "instruction_following": 1.0}}},
        {"from_iteration": 1000, "rewards": {"truncation_coefficient": 0.5}},
        {"from_iteration": 1400, "reset_reference": True, "training": {"group_size": 32}},
        {
            "from_iteration": 1800,
            "training": {"group_size": 16},
            "generation": {"max_completion_length": 16384},
        },
    ]
    config(stages=runs).validate()
    config().stages(runs).validate()


def test_a_stage_may_turn_off_what_an_earlier_one_set():
    penalty = {"cosine_length": {"min": -0.5, "max": 0.0, "weight": 1.0}, "cosine_length_on": 50}
    stages = [{"from_iteration": 2, "rewards": penalty}, {"from_iteration": 9, "rewards": {"cosine_length": None}}]
    config(stages=stages).validate()


def test_a_whole_course_of_shaping_fits_together():
    config(
        truncation_coefficient=0.0,
        soft_overlong_buffer=4096,
        cosine_length={"min": -0.5, "max": 0.0, "weight": 1.0},
        kl_placement="reward",
        kl_estimator="k1",
        kl_target=0.02,
    ).validate()


def test_a_key_that_only_a_later_stage_reads_has_an_effect(tiny_model_path):
    from prorl_rllib.algorithms import ProRLConfig

    def config():
        made = ProRLConfig().environment("prorl_rllib:prorl/Math-v0")
        return made.training(model=tiny_model_path, mismatch_high=2.0)

    with pytest.raises(ValueError, match=r"mismatch_high=2\.0 has no effect"):
        config().validate()
    stage = {"from_iteration": 2, "training": {"mismatch_correction": "icepop"}}
    config().stages([stage]).validate()
