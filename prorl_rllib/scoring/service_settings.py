"""What the scoring service allows, and who may ask it."""

import hashlib
import hmac
import ipaddress
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

TOKEN_VARIABLE = "PRORL_RLLIB_VERIFIER_TOKEN"
"""Environment variable of the token, for the service and its clients; never an option, which `ps` would show."""
MIN_TOKEN_CHARACTERS = 16


class ServiceLimits(BaseModel):
    """What one replica of the service takes at most. Frozen.

    Attributes:
        max_body_bytes: of a request.
        max_rows: of a request.
        max_requests: requests of `/score` that are read or scored at once; what comes beyond is told to come again.
        max_programs: requests of `/run_code`, likewise; none of them takes a place of `/score`. Together with
            `max_body_bytes` the two bound the memory that requests take.
        body_timeout_s: seconds a client has to send a request's body.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_body_bytes: int = Field(default=4 * 2**20, ge=1024, le=2**30)
    max_rows: int = Field(default=256, ge=1, le=100_000)
    max_requests: int = Field(default=256, ge=1, le=10_000)
    max_programs: int = Field(default=64, ge=1, le=10_000)
    body_timeout_s: float = Field(default=30.0, gt=0, le=3600)


class Access(BaseModel):
    """Who may ask. Frozen; holds a hash of the token, so that the token itself is in no log and no object store.

    Attributes:
        token_sha256: hash of the token; None where none is asked for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    token_sha256: bytes | None = None

    @classmethod
    def with_token(cls, token: str | None) -> "Access":
        """Return the access by a token.

        Args:
            token: None where none is asked for.
        """
        return cls(token_sha256=None if token is None else _digest(token))

    def refusal(self, authorization: str | None, host: str | None) -> str | None:
        """Return why a request is not answered; None if it is.

        Args:
            authorization: that header.
            host: that header.
        """
        if self.token_sha256 is None:
            # A web page that the user looks at may make a name of its own stand for this machine.
            return None if is_loopback(_host_name(host)) else "without a token, the service must be called by localhost"
        scheme, _, given = (authorization or "").partition(" ")
        # Hashes are equally long: the time of the comparison tells nothing, not even the token's length.
        if scheme.lower() == "bearer" and hmac.compare_digest(_digest(given.strip()), self.token_sha256):
            return None
        return (
            f"the header Authorization must be 'Bearer TOKEN', with the token that the service has ({TOKEN_VARIABLE})"
        )


def _digest(token: str) -> bytes:
    """Return a token's hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _host_name(host: str | None) -> str:
    """Return the name in a Host header, without the port."""
    name = host or ""
    return name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine alone.

    Args:
        host: a name or an address.
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_token(file: Path | None = None) -> str | None:
    """Return the token of a file, else that of the environment variable; None if there is neither.

    Args:
        file: holds the token and nothing else.

    Raises:
        ValueError: if it is too short to be secret, or no header can hold it.
        OSError: if the file cannot be read.
    """
    token = os.environ.get(TOKEN_VARIABLE) if file is None else file.read_text(encoding="utf-8")
    if token is None:
        return None
    source = TOKEN_VARIABLE if file is None else str(file)
    token = token.strip()
    if len(token) < MIN_TOKEN_CHARACTERS:
        raise ValueError(
            f"the token in {source} has {len(token)} characters, and must have at least {MIN_TOKEN_CHARACTERS}; "
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return header_token(token, source)


def header_token(token: str, source: str) -> str:
    """Return a token without the white space around it, such as the line break at the end of a file.

    Args:
        token: as it was given.
        source: what gave it, for the error.

    Raises:
        ValueError: if no header can hold it; it is not named.
    """
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(f"the token in {source} must be printable ASCII without spaces, and not empty")
    return token
