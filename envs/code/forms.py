"""The three forms of a generated problem: a program on standard input, a function by value, a function by asserts."""

from collections.abc import Sequence
from typing import Any, Literal

from prorl_rllib.envs.code.exercise import Case, Exercise, Kind, Parameter
from prorl_rllib.envs.code.program_text import solution_text

Form = Literal["stdin", "fn", "asserts"]

INPUT_FORMATS: dict[Kind, str] = {
    "int": "one line with the integer `{0}`",
    "str": "one line with the text `{0}`",
    "ints": "one line with the length of `{0}`, then one line with its integers, separated by blanks (an empty line "
    "when there are none)",
    "words": "one line with the words of `{0}`, separated by blanks (an empty line when there are none)",
    "rows": "one line with the number of rows of `{0}`, then each row on its own line, its integers separated "
    "by blanks",
}
OUTPUT_FORMATS: dict[Kind, str] = {
    "int": "the result, an integer",
    "bool": "YES if the result is true, else NO",
    "str": "the resulting text on one line (an empty line when it is empty)",
    "ints": "the resulting integers on one line, separated by blanks (an empty line when there are none)",
    "words": "the resulting words on one line, separated by blanks (an empty line when there are none)",
    "rows": "the resulting rows, each on its own line, its integers separated by blanks",
}
RESULT_TYPES: dict[Kind, str] = {
    "int": "an int",
    "bool": "a bool",
    "str": "a str",
    "ints": "a list of int",
    "words": "a list of str",
    "rows": "a list of lists of int",
}
READERS: dict[Kind, str] = {
    "int": "{0} = int(input())",
    "str": "{0} = input()",
    "ints": "input()\n{0} = [int(word) for word in input().split()]",
    "words": "{0} = input().split()",
    "rows": "{0} = [[int(word) for word in input().split()] for _ in range(int(input()))]",
}
WRITERS: dict[Kind, str] = {
    "int": "print({0})",
    "bool": 'print("YES" if {0} else "NO")',
    "str": "print({0})",
    "ints": "print(*{0})",
    "words": "print(*{0})",
    "rows": "for row in {0}:\n    print(*row)",
}


def task_text(exercise: Exercise) -> str:
    """Return what is to be computed, without the form."""
    steps = [each.text for each in exercise.steps]
    if len(steps) == 1:
        body = steps[0]
    else:
        numbered = "\n".join(f"{number}. {text}" for number, text in enumerate(steps, 1))
        body = f"Do these steps in order, each on the result of the one before:\n{numbered}"
    return f"{exercise.intro}\n{body}" if exercise.intro else body


def prompt_of(exercise: Exercise, form: Form, example: Case) -> str:
    """Return the problem as text, with one example.

    Args:
        exercise: the problem.
        form: how it is tested.
        example: shown; not among the tests.
    """
    given = "\n".join(f"- `{parameter.name}`: {parameter.text}" for parameter in exercise.parameters)
    if form == "stdin":
        reading = "\n".join(f"- {INPUT_FORMATS[p.kind].format(p.name)}" for p in exercise.parameters)
        return (
            f"Write a Python program that reads from standard input and prints to standard output.\n\n"
            f"Given:\n{given}\n\n{task_text(exercise)}\n\n"
            f"Input, in this order:\n{reading}\nOutput: {OUTPUT_FORMATS[exercise.result]}.\n\n"
            f"Example input:\n{stdin_text(exercise.parameters, example.arguments)}"
            f"Example output:\n{printed(exercise.result, example.result).rstrip()}"
        )
    names = ", ".join(parameter.name for parameter in exercise.parameters)
    return (
        f"Write a Python function `{exercise.name}({names})`.\n\n"
        f"Arguments:\n{given}\n\n{task_text(exercise)}\n\n"
        f"It returns the result, {RESULT_TYPES[exercise.result]}; it does not print.\n\n"
        f"Example: `{call_text(exercise.name, example.arguments)}` returns `{example.result!r}`."
    )


def tests_of(exercise: Exercise, form: Form, cases: Sequence[Case]) -> dict[str, Any]:
    """Return the tests of a reference."""
    if form == "stdin":
        inputs = [stdin_text(exercise.parameters, case.arguments) for case in cases]
        return {"type": "stdin", "inputs": inputs, "outputs": [printed(exercise.result, c.result) for c in cases]}
    if form == "fn":
        arguments = [list(case.arguments) for case in cases]
        return {
            "type": "fn",
            "fn_name": exercise.name,
            "inputs": arguments,
            "outputs": [case.result for case in cases],
        }
    calls = [(call_text(exercise.name, case.arguments), case.result) for case in cases]
    return {"type": "asserts", "asserts": [f"assert {call} == {result!r}" for call, result in calls]}


def solution_of(exercise: Exercise, form: Form) -> str:
    """Return a program that passes all tests."""
    names = [parameter.name for parameter in exercise.parameters]
    function = solution_text(exercise.name, names, exercise.steps)
    if form != "stdin":
        return function
    readers = [READERS[parameter.kind].format(parameter.name) for parameter in exercise.parameters]
    writer = WRITERS[exercise.result].format(f"{exercise.name}({', '.join(names)})")
    return "\n".join([function, "", "", *readers, writer])


def stdin_text(parameters: Sequence[Parameter], arguments: Sequence[Any]) -> str:
    """Return arguments as the text on standard input."""
    lines = (line for pair in zip(parameters, arguments, strict=True) for line in input_lines(pair[0].kind, pair[1]))
    return "".join(f"{line}\n" for line in lines)


def input_lines(kind: Kind, value: Any) -> list[str]:
    """Return the lines that hold one argument."""
    if kind == "rows":
        return [str(len(value)), *(" ".join(map(str, row)) for row in value)]
    if kind == "ints":
        return [str(len(value)), " ".join(map(str, value))]
    return [" ".join(value) if kind == "words" else str(value)]


def printed(kind: Kind, result: Any) -> str:
    """Return a result as a right program prints it."""
    if kind == "rows":
        return "".join(f"{' '.join(map(str, row))}\n" for row in result)
    if kind in ("ints", "words"):
        return f"{' '.join(map(str, result))}\n"
    return f"{('YES' if result else 'NO') if kind == 'bool' else result}\n"


def call_text(name: str, arguments: Sequence[Any]) -> str:
    """Return a call as Python source."""
    return f"{name}({', '.join(map(repr, arguments))})"
