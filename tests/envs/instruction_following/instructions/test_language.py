import os
import subprocess
import sys

import pytest

from prorl_rllib.envs import Task, verify
from prorl_rllib.envs.instruction_following.generator.sentences import VOICES
from prorl_rllib.envs.instruction_following.instructions import ask
from prorl_rllib.envs.instruction_following.instructions.language import LANGUAGES, MAX_CHARS, detect_language

LANGUAGE = "language:response_language"


def test_the_languages_are_those_of_the_detector():
    import langdetect

    profiles = os.listdir(os.path.join(os.path.dirname(langdetect.__file__), "profiles"))
    assert sorted(LANGUAGES) == sorted(profiles)


@pytest.mark.parametrize("code", VOICES)
def test_languages_are_told_apart(code):
    text = " ".join(VOICES[code].sentences[:4])
    assert [each for each in VOICES if ask(LANGUAGE, {"language": each}).follows(text)] == [code]


@pytest.mark.parametrize("response", ["...", "123", "!?", "\ud800", "\x00"])
def test_a_response_without_letters_is_in_no_language(response):
    asked = ask(LANGUAGE, {"language": "en"})
    assert asked.quick_follows(response) is False
    assert asked.follows(response) is False


def test_the_start_and_the_end_of_a_long_response_are_read():
    english, german = (" ".join(VOICES[code].sentences) for code in ("en", "de"))
    middle = german * 20
    assert detect_language(f"{english[: MAX_CHARS // 2]} {middle} {english[: MAX_CHARS // 2]}") == "en"
    assert detect_language(f"The. {middle}") == "de"


def test_the_verdict_comes_from_a_worker_and_names_what_was_not_followed():
    reference = {"instruction_id_list": [LANGUAGE, "punctuation:no_comma"], "kwargs": [{"language": "fr"}, {}]}
    task = Task(task_id="t", domain="instruction_following", prompt="p", reference=reference)
    verdict = verify(task, " ".join(VOICES["fr"].sentences[:3]))
    assert (verdict.reward, verdict.status) == (1.0, "scored")
    assert verdict.seconds > 0
    verdict = verify(task, " ".join(VOICES["en"].sentences[:3]))
    assert verdict.reward == 0.5
    assert verdict.detail == f"1 of 2 instructions followed; not followed: {LANGUAGE}"


DETECT = """
from prorl_rllib.envs.instruction_following.instructions.language import detect_language
import sys
texts = ["ok ja no", "la de du", "in an on", "The tree", "si no", "me tu"]
order = texts if sys.argv[1] == "forwards" else texts[::-1]
found = {text: detect_language(text) for text in order}
print([found[text] for text in texts])
"""


def test_doubtful_texts_get_the_same_language_in_every_process_and_order():
    def detected(order, seed):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", DETECT, order]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environment).stdout

    assert detected("forwards", "1") == detected("backwards", "2") != ""


CALLER = """
import sys
import prorl_rllib.envs.instruction_following
from prorl_rllib.envs import Task, verify
reference = {"instruction_id_list": ["language:response_language"], "kwargs": [{"language": "en"}]}
task = Task(task_id="t", domain="instruction_following", prompt="p", reference=reference)
verdict = verify(task, "The quick brown fox jumps over the lazy dog and runs home.")
print(verdict.reward, "langdetect" in sys.modules)
"""


def test_the_detector_is_never_imported_by_the_caller():
    done = subprocess.run([sys.executable, "-c", CALLER], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["1.0", "False"]
