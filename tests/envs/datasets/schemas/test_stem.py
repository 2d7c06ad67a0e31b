import prorl_rllib.envs.stem  # noqa: F401
from prorl_rllib.envs.datasets import load_tasks


def scp(problem, solution, **columns):
    return {"domain": "Physics", "problem": problem, "matched_solution": solution, **columns}


def test_scp116k_takes_a_short_answer_or_none(write_file, counts):
    rows = [
        scp("How fast?", "By conservation of energy\n$v = \\sqrt{2gh} = 14$ m/s."),
        scp("Which gas?", "It burns.\nThe final answer is: hydrogen"),
        scp("How much?", "So we get $\\boxed{5\\,\\mathrm{kg}}$ in the end."),
        scp("Explain.", "The light is refracted, since the medium is denser, and so it bends towards the normal."),
        scp("Nothing?", ""),
        scp("Doubted?", "x = 3", is_o1_solution_same_with_matched_solution=True, is_qwq_solution_same=False),
        scp("Agreed?", "x = 3", is_o1_solution_same_with_matched_solution=True, is_qwq_solution_same="True"),
        scp("Unclear?", "x = 3", is_o1_solution_same_with_matched_solution="perhaps"),
        scp("Given?", "A long story that says nothing.", answer="12 J"),
    ]
    loaded = load_tasks("scp116k", write_file("scp.jsonl", rows))
    answers = {task.prompt: task.reference["answer"] for task in loaded}
    assert answers == {
        "How fast?": "14 m/s",
        "Which gas?": "hydrogen",
        "How much?": "5\\,\\mathrm{kg}",
        "Agreed?": "3",
        "Given?": "12 J",
    }
    assert loaded[0].domain == "stem" and loaded[0].metadata["subject"] == "Physics"
    assert counts(loaded) == {
        "no short answer at the end of the solution": 1,
        "no matched_solution": 1,
        "a model's solution disagrees with the reference": 1,
        "an agreement is no truth value": 1,
    }


def gpqa(question, *options):
    names = ("Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")
    return {
        "Record ID": "rec1",
        "Question": question,
        **dict(zip(names, options, strict=True)),
        "High-level domain": "Physics",
        "Subdomain": "Optics",
    }


def test_gpqa_options_stand_in_an_order_fixed_by_the_question(write_file, counts):
    rows = [gpqa(f"Question {number}?", "right\n", " wrong", "worse", "worst") for number in range(40)]
    broken = [gpqa("Alike?", "same", "Same ", "b", "c"), gpqa("Missing?", "a", "b", "c", "")]
    loaded = load_tasks("gpqa", write_file("gpqa_diamond.csv", rows + broken))
    assert counts(loaded) == {"two options are alike": 1, "no incorrect_answer_3": 1}
    for task in loaded:
        options = task.reference["options"]
        assert options[task.reference["answer"]] == "right"
        assert sorted(options.values()) == ["right", "worse", "worst", "wrong"]
        assert task.prompt.splitlines()[1:] == ["", *(f"{letter}. {text}" for letter, text in options.items())]
    assert {task.reference["answer"] for task in loaded} == set("ABCD")
    reversed_file = write_file("reversed.csv", rows[::-1])
    assert {task.prompt for task in load_tasks("gpqa", reversed_file)} == {task.prompt for task in loaded}
    assert loaded[0].metadata["subject"] == "Physics"
