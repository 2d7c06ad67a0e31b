import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.envs.code.extract import MAX_PROGRAM_CHARS, extract_program
from prorl_rllib.envs.errors import UnparseableAnswer


@pytest.mark.parametrize(
    ("response", "program"),
    [
        ("```python\nprint(1)\n```", "print(1)"),
        ("```py\nprint(1)\n```", "print(1)"),
        ("```\nprint(1)\n```", "print(1)"),
        ("~~~\nprint(1)\n~~~", "print(1)"),
        ("~~~ Python3\nprint('```')\n~~~~", "print('```')"),
        ("```{.python}\nprint(1)\n```", "print(1)"),
        ("text\n```python\nprint(1)\n```\ntext\n```python\nprint(2)\n\nx\n```\nend", "print(2)\n\nx"),
        ("```python\nprint(1)\n```\nOutput:\n```text\n1\n```", "print(1)"),
        ("````python\n'''\n```\n'''\n````", "'''\n```\n'''"),
        ("```python\r\nprint(1)\r\nprint(2)\r\n```", "print(1)\nprint(2)"),
        ("1. so\n   ```python\n   if x:\n       y\n   ```", "if x:\n    y"),
        ("inline ```x``` code\n```python\nprint(1)\n```", "print(1)"),
        ("<think>```python\nwrong\n```</think>```python\nprint(1)\n```", "print(1)"),
        ("```python\nwrong\n```</think>\n```python\nprint(1)\n```", "print(1)"),
    ],
)
def test_the_last_python_block_is_the_program(response, program):
    assert extract_program(response) == program


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ("", "no fenced block"),
        ("print(1)", "no fenced block"),
        ("```cpp\nint main() {}\n```", "no fenced block"),
        ("```python\nprint(1)", "never closed"),
        ("```python\nprint(1)\n```\n```python\nprint(2)", "never closed"),
        ("```python\nprint(1)\n~~~", "never closed"),
        ("````python\nprint(1)\n```", "never closed"),
        ("```python\n```", "empty"),
        ("```python\n \n\n```", "empty"),
        ("```python\nprint(1)\n```</think>", "no fenced block"),
        ("<think>```python\nprint(1)\n```", "never closed"),
        (f"```python\n{'x' * (MAX_PROGRAM_CHARS + 1)}\n```", "characters"),
    ],
)
def test_a_response_without_a_whole_program_is_unparseable(response, reason):
    with pytest.raises(UnparseableAnswer, match=reason):
        extract_program(response)


@given(st.text(st.sampled_from("`~ \n\tpyx</think>"), max_size=80))
def test_any_text_gives_a_program_or_is_unparseable(text):
    try:
        assert extract_program(text).strip()
    except UnparseableAnswer as reason:
        assert str(reason)


@given(st.text(max_size=200))
def test_a_program_comes_back_as_it_was_written(program):
    program = program.replace("\r", "")
    if not program.strip() or "~~~" in program or "think>" in program:
        return
    assert extract_program(f"Here:\n~~~python\n{program}\n~~~\n") == program
