"""An engine that misbehaves as it is told to; the engine process imports it by name."""

import builtins
import ctypes
import os
import subprocess
import sys
import time

import numpy as np

from prorl_rllib.engines.errors import EngineDeadError
from prorl_rllib.engines.requests import Completion
from prorl_rllib.engines.text_engine import TextEngine


class BrokenValueError(ValueError):
    """A class that the parent does not know."""


def sleep_for_ever():
    while True:
        time.sleep(60)


def sleep_with_the_gil():
    ctypes.PyDLL(None).sleep(3600)


def exit_at_once():
    print("last words", file=sys.stderr, flush=True)
    os._exit(3)


def fail(kind):
    kinds = {"BrokenValueError": BrokenValueError, "EngineDeadError": EngineDeadError}
    raise (kinds.get(kind) or getattr(builtins, kind))("the words of the engine")


DEEDS = {"sleep": sleep_for_ever, "sleep_with_gil": sleep_with_the_gil, "exit": exit_at_once}


class OddEngine(TextEngine):
    """Samples one token each `seconds_per_token`; `does` maps a method's name to what it does instead of its work."""

    def __init__(self, model=None, does=None, seconds_per_token=0.0, chatter=0):
        self._does = does or {}
        self._seconds_per_token = seconds_per_token
        self._version = 0
        self.streams_closed = 0
        for number in range(chatter):
            print(f"on stdout {number}", flush=True)
            print(f"on stderr {number}", file=sys.stderr, flush=True)
        self._do("start")

    def _do(self, method):
        deed = self._does.get(method)
        if deed is not None:
            DEEDS.get(deed, lambda: fail(deed))()

    @property
    def weights_version(self):
        return self._version

    @property
    def max_model_len(self):
        return 100_000

    @property
    def vocab_size(self):
        return 300

    def generate(self, requests):
        self._do("generate")
        return self._stream(requests)

    def _stream(self, requests):
        try:
            for request in requests:
                for index in range(request.n):
                    for _ in range(request.max_new_tokens):
                        if self.stop_requested:
                            return
                        time.sleep(self._seconds_per_token)
                        self.tokens_sampled += 1
                    tokens = (1,) * request.max_new_tokens
                    logprobs = np.zeros(len(tokens), dtype=np.float32)
                    yield Completion(request.request_id, index, tokens, logprobs, "length", self._version)
        finally:
            self.streams_closed += 1

    def load_weights(self, named_tensors, version):
        self._do("load_weights")
        self._version = version

    def token_logprobs(self, token_ids):
        self._do("token_logprobs")
        return np.zeros(len(token_ids) - 1, dtype=np.float32)

    def close(self):
        self._do("close")

    def seen(self):
        return self.tokens_sampled, self.streams_closed

    def start_a_child(self):
        """Start a process in a session of its own, as an engine with workers may."""
        return subprocess.Popen(["sleep", "3600"], start_new_session=True).pid
