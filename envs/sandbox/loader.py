"""Carries the code of `inside` into a bare interpreter, through the pipe of requests."""

import functools
import marshal
from importlib.resources import files

PACKAGE = "prorl_rllib.envs.sandbox.inside"
MODULES = ("settings", "kernel", "landlock", "reaper", "watch", "job", "driver")
"""In the order in which they need each other."""
BOOT = """
import marshal, os, sys, types
def take(size):
    data = b""
    while len(data) < size:
        chunk = os.read(0, size - len(data))
        if not chunk:
            os._exit(0)
        data += chunk
    return data
sys.path[:] = [entry for entry in sys.path if entry]
for name, code in marshal.loads(take(int.from_bytes(take(8), "big"))):
    module = sys.modules[name] = types.ModuleType(name)
    exec(code, module.__dict__)
module.main(*sys.argv[1:])
"""
"""What the bare interpreter runs: it makes the modules that stand on its standard input, then the last one's `main`."""


@functools.cache
def code_frame(modules: tuple[str, ...] = MODULES, same_version: bool = True) -> bytes:
    """Return modules of `inside` as `BOOT` reads them.

    Args:
        modules: names within `inside`.
        same_version: whether the interpreter inside is this one; another one is sent source and compiles it.
    """
    listing = []
    for name in modules:
        source = files(PACKAGE).joinpath(f"{name}.py").read_text(encoding="utf-8")
        code = compile(source, f"{PACKAGE}.{name}", "exec", dont_inherit=True) if same_version else source
        listing.append((f"{PACKAGE}.{name}", code))
    data = marshal.dumps(listing) if same_version else marshal.dumps(listing, 2)
    return len(data).to_bytes(8, "big") + data
