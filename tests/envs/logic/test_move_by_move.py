import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_rllib.envs import EnvConfigError, LogicEnv, Task
from prorl_rllib.envs.logic import LogicDomain, LogicOptions
from prorl_rllib.envs.logic.domain import LogicReference, regenerate
from prorl_rllib.envs.logic.move_by_move import GAMES, MAX_ILLEGAL_MOVES, answer_of, game_of, replay
from prorl_rllib.envs.logic.scorers import score_entry

TURNS = LogicOptions(move_by_move=True)
DOMAIN = LogicDomain()


def puzzle(name, seed=3):
    draft = DOMAIN.generate(name, DOMAIN.dataset_config(name, {}, 1), random.Random(seed))
    return draft, regenerate(LogicReference.model_validate(draft.reference))


def moves_in(name, answer):
    if name == "tower_of_hanoi":
        return answer.split("\n")
    return list(answer) if name == "sokoban" else json.loads(answer)


def played(draft, moves):
    """The chat after some moves, by the domain alone, and its last reply."""
    reference = LogicReference.model_validate(draft.reference)
    messages = [{"role": "user", "content": draft.prompt}]
    reply = "start"
    for move in moves:
        messages.append({"role": "assistant", "content": f"<think>hm</think><answer>{move}</answer>"})
        reply = DOMAIN.respond(reference, messages, TURNS)
        if reply is None:
            break
        messages.append({"role": "user", "content": reply})
    return reference, messages, reply


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("seed", range(4))
def test_the_example_solution_move_by_move_ends_the_game_and_scores_one(name, seed):
    draft, (_, dataset, entry) = puzzle(name, seed)
    moves = moves_in(name, entry["answer"])
    reference, messages, reply = played(draft, moves)
    assert reply is None
    assert sum(message["role"] == "assistant" for message in messages) == len(moves)
    final = DOMAIN.extract(DOMAIN.final_response(reference, messages, TURNS))
    assert score_entry(name, dataset, entry, final).reward == 1.0


@pytest.mark.parametrize("name", GAMES)
def test_the_position_is_shown_until_the_game_is_over(name):
    draft, (_, _, entry) = puzzle(name)
    game = game_of(name, entry)
    _, _, reply = played(draft, moves_in(name, entry["answer"])[:1])
    assert game.show(replay(game, moves_in(name, entry["answer"])[:1]).state) in reply
    assert f"Moves left: {game.max_moves - 1}" in reply


@pytest.mark.parametrize("name", GAMES)
def test_illegal_moves_are_explained_and_limited(name):
    draft, _ = puzzle(name)
    _, _, reply = played(draft, ["no such move"])
    assert reply.startswith("Illegal move: ") and f"may still make: {MAX_ILLEGAL_MOVES - 1}" in reply
    reference, messages, reply = played(draft, ["no such move"] * 10)
    assert reply is None
    assert sum(message["role"] == "assistant" for message in messages) == MAX_ILLEGAL_MOVES + 1
    assert DOMAIN.final_response(reference, messages, TURNS) == "<answer></answer>"


def test_an_answer_without_a_move_is_an_illegal_one():
    draft, _ = puzzle("jugs")
    reference = LogicReference.model_validate(draft.reference)
    messages = [{"role": "user", "content": draft.prompt}, {"role": "assistant", "content": "I think"}]
    assert DOMAIN.respond(reference, messages, TURNS).startswith("Illegal move")


def test_the_number_of_moves_is_limited():
    draft, (_, _, entry) = puzzle("jugs")
    game = game_of("jugs", entry)
    _, messages, reply = played(draft, ["empty A"] * (game.max_moves + 5))
    assert reply is None
    assert sum(message["role"] == "assistant" for message in messages) == game.max_moves


@pytest.mark.parametrize(
    ("move", "reason"),
    [
        ("Move disk 9 from Peg {s} to Peg {t}", "not the uppermost"),
        ("Move disk 1 from Peg {s} to Peg {s}", "cannot go onto"),
        ("Move disk 1 from Peg {s} to Peg 99", "the pegs are"),
        ("disk 1 to peg 2", "is written"),
    ],
)
def test_the_tower_says_why_a_move_is_illegal(move, reason):
    draft, (_, _, entry) = puzzle("tower_of_hanoi")
    metadata = entry["metadata"]
    _, _, reply = played(draft, [move.format(s=metadata["start_peg"], t=metadata["target_peg"])])
    assert reason in reply


def test_a_box_is_not_pushed_into_a_wall():
    from prorl_rllib.envs.logic.games.sokoban import Sokoban

    game = Sokoban({"metadata": {"gamestr": "+ + + + + +\n+ * @ @ X +\n+ X - - - +\n+ + + + + +"}, "answer": "RR"})
    assert "blocked" in replay(game, ["R"]).complaint
    assert "blocked" in replay(game, ["U"]).complaint
    down_right = replay(game, ["D", "R", "U"])
    assert "blocked" in down_right.complaint and down_right.moves == ("D", "R")


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_the_legal_moves_of_any_play_are_what_the_scorer_sees(data):
    name = data.draw(st.sampled_from(sorted(GAMES)))
    _, (_, dataset, entry) = puzzle(name)
    game = game_of(name, entry)
    known = {
        "jugs": ["fill A", "fill B", "empty A", "pour A->B", "pour B->C", "pour A->A", "fill Z"],
        "sokoban": ["U", "D", "L", "R", "x"],
        "tower_of_hanoi": [
            f"Move disk {d} from Peg {s} to Peg {t}" for d in (1, 2) for s in (1, 2, 3) for t in (1, 2, 3)
        ],
    }[name]
    moves = data.draw(st.lists(st.sampled_from(known) | st.text(max_size=5), max_size=15))
    play = replay(game, moves)
    reward = score_entry(name, dataset, entry, answer_of(game, moves)).reward
    assert (reward > 0) == game.is_solved(play.state)


@pytest.mark.parametrize("name", GAMES)
def test_an_environment_plays_in_turns(name):
    env = LogicEnv(datasets=[name], move_by_move=True)
    observation, _ = env.reset(options={"task_index": 0})
    assert "Play move by move" in observation
    task = env.current_task
    moves = moves_in(name, regenerate(LogicReference.model_validate(task.reference)).entry["answer"])
    for move in moves[:-1]:
        observation, reward, terminated, _, info = env.step(f"<answer>{move}</answer>")
        assert (reward, terminated) == (0.0, False) and "Moves left" in observation
        assert info["messages"][-1] == {"role": "user", "content": observation}
    _, reward, terminated, _, info = env.step(f"<answer>{moves[-1]}</answer>")
    assert (reward, terminated, info["verdict"].status) == (1.0, True, "scored")


def test_without_the_option_one_answer_ends_the_episode():
    env = LogicEnv(datasets=["jugs"])
    env.reset(options={"task_index": 0})
    assert env.step("<answer>fill A</answer>")[2]


@pytest.mark.parametrize("config", [{"datasets": ["jugs", "gcd"]}, {}])
def test_datasets_that_are_not_played_in_turns_are_named(config):
    with pytest.raises(EnvConfigError, match=r"is not played in turns.*jugs, sokoban, tower_of_hanoi"):
        LogicEnv(move_by_move=True, **config)


def test_rows_of_a_file_that_are_not_played_in_turns_are_named(tmp_path):
    task = LogicEnv(datasets=["gcd"]).task(0)
    (tmp_path / "tasks.jsonl").write_text(task.model_dump_json())
    with pytest.raises(EnvConfigError, match="'gcd' is not played in turns"):
        LogicEnv(tasks=str(tmp_path / "tasks.jsonl"), move_by_move=True)
    env = LogicEnv(datasets=["jugs"], move_by_move=True)
    env.reset(options={"task": Task.model_validate(task.model_dump())})
    with pytest.raises(EnvConfigError, match="'gcd' is not played in turns"):
        env.step("<answer>1</answer>")
