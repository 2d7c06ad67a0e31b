from prorl_rllib.envs.code.families_lists import digit_sum_key, sort_by_keys
from prorl_rllib.envs.code.families_numbers import is_coprime, is_prime_after_adding, numbers_between
from prorl_rllib.envs.code.operations_lists import add_to_each, keep_multiples
from prorl_rllib.envs.code.program_text import Step, run_steps, solution_text, step


def result_of(text, name, *arguments):
    """Runs a program of our own."""
    namespace = {}
    exec(text, namespace)
    return namespace[name](*arguments)


def test_the_text_does_what_the_steps_do():
    steps = [step(keep_multiples, "", 3), step(add_to_each, "", -1), step(sum, "")]
    text = solution_text("solve", ["values"], steps)
    assert result_of(text, "solve", [1, 3, 6]) == run_steps(steps, [[1, 3, 6]]) == 7


def test_functions_that_are_constants_come_with_all_they_use():
    steps = [Step(sort_by_keys, (((digit_sum_key, 5),),), "")]
    text = solution_text("solve", ["values"], steps)
    assert text.count("def digit_sum(") == 1
    assert result_of(text, "solve", [9, 5, 16]) == run_steps(steps, [[9, 5, 16]])


def test_modules_are_imported_once_and_first():
    steps = [Step(numbers_between, (((is_coprime, 6), (is_prime_after_adding, 2)),), "")]
    text = solution_text("solve", ["low", "high"], steps)
    assert text.startswith("import math\n") and text.count("import math") == 1
    assert result_of(text, "solve", 1, 20) == run_steps(steps, [1, 20]) == [1, 5, 11, 17]


def test_texts_of_steps_show_their_constants_but_no_functions():
    assert step(add_to_each, "Add {}, {}.", 3, len, "x").text == "Add 3, x."
