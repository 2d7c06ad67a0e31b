"""The second level: the same walls as bubblewrap's, built with system calls alone."""

import os
import sys
from contextlib import ExitStack

from prorl_rllib.envs.sandbox.api import Limits, SandboxError
from prorl_rllib.envs.sandbox.inside.settings import NAMESPACE
from prorl_rllib.envs.sandbox.interpreter import ENVIRONMENT, FLAGS, base_interpreter
from prorl_rllib.envs.sandbox.loader import BOOT, MODULES, code_frame
from prorl_rllib.envs.sandbox.local import LocalBackend, driver_settings, scratch_bytes
from prorl_rllib.envs.sandbox.process import SandboxProcess


class NamespacesBackend(LocalBackend):
    """Programs in namespaces of their own, without a helper program; needs Linux 5.12.

    A program sees what it sees in bubblewrap. Below it only because bubblewrap is read by more people.
    """

    name = "namespaces"

    def start(self, limits: Limits, uid: int, stack: ExitStack) -> SandboxProcess:
        """Start the interpreter, which moves into its namespaces itself, as `LocalBackend.start` says."""
        if sys.platform != "linux":
            raise SandboxError(f"namespaces exist on Linux, not on {sys.platform}")
        interpreter = base_interpreter()
        arguments = [str(os.getpid()), str(int(uid >= 0)), str(scratch_bytes(limits)), interpreter.prefix]
        command = [interpreter.executable, *FLAGS, "-c", BOOT, *arguments]
        code = code_frame((*MODULES, "namespaces"))
        return SandboxProcess(command, ENVIRONMENT, code, driver_settings(limits, uid, NAMESPACE))
