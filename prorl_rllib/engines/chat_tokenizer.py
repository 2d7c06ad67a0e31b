"""From chat messages to token ids and back, with the checks that a tokenizer must pass before training starts."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from transformers import AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils import cached_file

from prorl_rllib.engines.model_loading import readable_errors, resolve_model

GENERATION_CONFIG = "generation_config.json"
USER = {"role": "user", "content": "Question."}
ANSWER_MARK = "AnswerMark"
OBSERVATION_MARK = "ObservationMark"
THINKING_OPENERS = ("<think>\n", "<think>")
"""What generation prompts of reasoning models may end with although earlier turns do not show it."""


class ChatTokenizer:
    """A Hugging Face tokenizer with a chat template, checked for what training relies on.

    Relied on: an end-of-sequence token; a template under which a rendered prompt stays a prefix, text and tokens, of
    the conversation that continues it; at most one beginning-of-sequence token.

    Attributes:
        hf: the Hugging Face tokenizer.
        stop_token_ids: the tokenizer's end-of-sequence id and those of the model's generation config, ascending.
    """

    def __init__(self, model: str) -> None:
        """Load and check the tokenizer.

        Args:
            model: a local folder or a Hugging Face id.

        Raises:
            FileNotFoundError: if `model` looks like a path that does not exist.
            OSError: if the tokenizer cannot be loaded.
            ValueError: if the tokenizer lacks an end-of-sequence token or a chat template, or the template rewrites
                what was rendered before.
        """
        source, local = resolve_model(model)
        with readable_errors(model, "tokenizer"):
            self.hf: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(source, local_files_only=local)
        self._model = model
        self._check_special_tokens()
        with readable_errors(model, "generation config"):
            self.stop_token_ids: tuple[int, ...] = _stop_token_ids(source, self.hf.eos_token_id)
        self._check_append_only()
        self._before_observation, self._after_observation = self._observation_frame()

    @property
    def pad_token_id(self) -> int:
        """Id that fills up batches: the tokenizer's pad token, else its end-of-sequence token."""
        return int(self.hf.eos_token_id if self.hf.pad_token_id is None else self.hf.pad_token_id)

    @property
    def vocab_size(self) -> int:
        """Number of token ids of the tokenizer, added tokens included."""
        return len(self.hf)

    def encode_chat(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """Encode a conversation as a prompt, the generation prompt added.

        Args:
            messages: {"role", "content"} each, the last one usually the user's.

        Returns:
            Token ids. Special tokens come from the template alone, so no second beginning-of-sequence token is added.

        Raises:
            ValueError: if the template refuses the messages.
        """
        return self._encode(self._render(messages, generation_prompt=True))

    def encode_observation(self, text: str) -> list[int]:
        """Encode a later user turn, to be appended after sampled tokens that end with a stop token.

        Args:
            text: the user's text.

        Returns:
            Token ids of what the template puts between an answer's stop token and the next answer.
        """
        return self._encode(self._before_observation + text + self._after_observation)

    def decode(self, ids: Sequence[int]) -> str:
        """Decode sampled tokens for a verifier.

        Args:
            ids: token ids.

        Returns:
            Text without special tokens.
        """
        return str(self.hf.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _encode(self, text: str) -> list[int]:
        """Encode rendered text; the tokenizer adds nothing."""
        return list(self.hf.encode(text, add_special_tokens=False))

    def _render(self, messages: Sequence[Mapping[str, str]], *, generation_prompt: bool) -> str:
        """Render messages with the template."""
        conversation: list[dict[str, Any]] = [dict(message) for message in messages]
        try:
            rendered = self.hf.apply_chat_template(
                conversation, tokenize=False, add_generation_prompt=generation_prompt
            )
        except TemplateError as error:
            roles = [message.get("role") for message in conversation]
            raise ValueError(
                f"the chat template of model={self._model!r} refuses messages of roles {roles}: {error}; change the "
                "messages that the environment gives, or the template"
            ) from error
        return str(rendered)

    def _check_special_tokens(self) -> None:
        """Raise a ValueError unless there are an end-of-sequence token and a chat template."""
        if self.hf.eos_token_id is None:
            raise ValueError(
                f"the tokenizer of model={self._model!r} has no end-of-sequence token, so no completion could end; set "
                "eos_token in its tokenizer_config.json, or choose another `model`"
            )
        if self.hf.chat_template is None:
            raise ValueError(
                f"the tokenizer of model={self._model!r} has no chat template, so prompts cannot be rendered; choose a "
                "chat `model`, or copy it and put a chat_template.jinja (ChatML, say) beside its tokenizer_config.json"
            )

    def _check_append_only(self) -> None:
        """Raise a ValueError if continuing a conversation changes how its beginning is rendered or encoded."""
        prompt = self._render([USER], generation_prompt=True)
        opener = next((mark for mark in THINKING_OPENERS if prompt.endswith(mark)), "")
        stem = prompt.removesuffix(opener)
        answered = [USER, {"role": "assistant", "content": ANSWER_MARK}]
        continued = [*answered, {"role": "user", "content": OBSERVATION_MARK}]
        for messages, generation_prompt in ((answered, False), (continued, True)):
            text = self._render(messages, generation_prompt=generation_prompt)
            if not text.startswith(stem):
                self._refuse_template("changes the prompt's text", stem, text)
            ids, stem_ids = self._encode(text), self._encode(stem)
            if ids[: len(stem_ids)] != stem_ids:
                self._refuse_template("changes the prompt's tokens", stem, text)
        bos = self.hf.bos_token_id
        if bos is not None and bos not in self.stop_token_ids and self._encode(prompt).count(bos) > 1:
            self._refuse_template("writes more than one beginning-of-sequence token", stem, prompt)

    def _observation_frame(self) -> tuple[str, str]:
        """What the template writes before a later user's text (from the answer's stop token on) and after it."""
        conversation = [
            USER,
            {"role": "assistant", "content": ANSWER_MARK},
            {"role": "user", "content": OBSERVATION_MARK},
        ]
        text = self._render(conversation, generation_prompt=True)
        if text.count(ANSWER_MARK) != 1 or text.count(OBSERVATION_MARK) != 1:
            self._refuse_template("does not render each message once", ANSWER_MARK + OBSERVATION_MARK, text)
        before, after = text.split(ANSWER_MARK)[1].split(OBSERVATION_MARK)
        stops = [str(self.hf.convert_ids_to_tokens(stop)) for stop in self.stop_token_ids]
        stop = next((stop for stop in stops if before.startswith(stop)), "")
        return before.removeprefix(stop), after

    def _refuse_template(self, what: str, beginning: str, text: str) -> None:
        """Raise the ValueError of a template that is not append-only."""
        raise ValueError(
            f"the chat template of model={self._model!r} is not append-only: continuing a conversation {what} "
            f"({beginning!r} became {text!r}). Tokens sampled in one turn could not be kept in the next; use a "
            "template that only appends (edit chat_template.jinja in a copy of the model), or choose another `model`"
        )


def _stop_token_ids(source: str, eos_token_id: int) -> tuple[int, ...]:
    """The tokenizer's end-of-sequence id with those of the generation config, if the model has one."""
    stops = {int(eos_token_id)}
    path = cached_file(source, GENERATION_CONFIG, _raise_exceptions_for_missing_entries=False)
    if path is not None:
        further = json.loads(Path(path).read_text(encoding="utf-8")).get("eos_token_id")
        stops.update([further] if isinstance(further, int) else further or [])
    return tuple(sorted(stops))
