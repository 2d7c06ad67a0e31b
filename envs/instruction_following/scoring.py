"""From a response to the instructions it follows, and to a reward."""

from collections.abc import Callable, Sequence
from typing import Literal

from prorl_rllib.envs.domain import Score
from prorl_rllib.envs.instruction_following.instructions import Asked

Mode = Literal["strict", "loose"]


def variants(response: str, mode: Mode) -> tuple[str, ...]:
    """Return the texts of which one has to follow an instruction.

    Args:
        response: the text after the thinking.
        mode: "strict" takes the response as it is. "loose" takes also what is left without its first line, its last
            line or both, each with and without asterisks: an introduction or a closing remark is forgiven.
    """
    if mode == "strict":
        return (response,)
    lines = response.split("\n")
    cut = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    kept = [response, *cut]
    return tuple(dict.fromkeys(kept + [text.replace("*", "") for text in kept]))


def is_followed(asked: Asked, texts: Sequence[str]) -> bool:
    """Tell whether one of the texts follows an instruction (runs in a worker)."""
    return any(asked.follows(text) for text in texts)


def quick_followed(asked: Asked, texts: Sequence[str]) -> bool | None:
    """As `is_followed`, None when a worker has to decide."""
    seen = {asked.quick_follows(text) for text in texts}
    return True if True in seen else (None if None in seen else False)


def score(asked: Sequence[Asked], followed: Sequence[bool], binary: bool) -> Score:
    """Return the score of a response.

    Args:
        asked: the instructions.
        followed: whether each was followed.
        binary: 1 for all of them and 0 otherwise, instead of the share that was followed.
    """
    failed = [each.instruction_id for each, done in zip(asked, followed, strict=True) if not done]
    reward = float(not failed) if binary else (len(asked) - len(failed)) / len(asked)
    detail = f"{len(asked) - len(failed)} of {len(asked)} instructions followed"
    return Score(reward, detail + (f"; not followed: {', '.join(failed)}" if failed else ""))


def scorer(asked: Sequence[Asked], mode: Mode, binary: bool) -> Callable[[str], Score]:
    """Return the function that scores a response (in a worker)."""

    def score_response(response: str) -> Score:
        texts = variants(response, mode)
        return score(asked, [is_followed(each, texts) for each in asked], binary)

    return score_response


def quick_score(asked: Sequence[Asked], response: str, mode: Mode, binary: bool) -> Score | None:
    """Return the score of a response, None when a worker has to decide."""
    texts = variants(response, mode)
    followed = [quick_followed(each, texts) for each in asked]
    decided = [done for done in followed if done is not None]
    return score(asked, decided, binary) if len(decided) == len(followed) else None
