"""The scoring service on Ray Serve: a deployment around the application."""

from typing import Any

from ray import serve
from ray.serve import Application
from ray.serve.config import HTTPOptions
from starlette.types import ASGIApp

from prorl_rllib.envs.verification import WorkerPool
from prorl_rllib.scoring.application import ScoringApplication
from prorl_rllib.scoring.service_settings import Access, ServiceLimits
from prorl_rllib.scoring.settings import ScoringSettings

NAME = "verifiers"
SPARE_REQUESTS = 1024
"""Requests beyond the limits that reach a replica at once, to be refused there. Serve's proxy holds the body of a
request that waits for a replica, however long it is; the replica refuses by the headers alone."""


class VerifierService:
    """One replica: the application and its verifier workers.

    Args:
        settings: how rows are scored.
        limits: what is taken at most.
        access: who may ask.
        num_workers: verifier workers of the replica.
    """

    def __init__(self, settings: ScoringSettings, limits: ServiceLimits, access: Access, num_workers: int) -> None:
        self._application = ScoringApplication(settings, limits, access, WorkerPool(num_workers))

    def __serve_build_asgi_app__(self) -> ASGIApp:
        """Return the ASGI application that Serve puts in front of a replica."""
        return self._application.routes()


def scoring_service(
    settings: ScoringSettings | None = None,
    limits: ServiceLimits | None = None,
    access: Access | None = None,
    *,
    num_workers: int = 2,
    num_replicas: int = 1,
) -> Application:
    """Return the service, to be given to `ray.serve.run`.

    Args:
        settings: how rows are scored.
        limits: what a replica takes at most.
        access: who may ask; without a token, only who calls it by localhost.
        num_workers: verifier workers of a replica.
        num_replicas: replicas; each takes a CPU.
    """
    limits = limits or ServiceLimits()
    deployment: Any = serve.deployment(
        serve.ingress()(VerifierService),
        name=NAME,
        num_replicas=num_replicas,
        max_ongoing_requests=limits.max_requests + limits.max_programs + SPARE_REQUESTS,
        max_queued_requests=limits.max_requests + limits.max_programs,
        ray_actor_options={"num_cpus": 1},
        graceful_shutdown_timeout_s=5,
    )
    bound: Application = deployment.bind(settings or ScoringSettings(), limits, access or Access(), num_workers)
    return bound


def start_service(service: Application, host: str, port: int) -> None:
    """Start Serve in the running Ray and wait until the service answers.

    Args:
        service: from `scoring_service`.
        host: address to listen on.
        port: likewise.

    Raises:
        RuntimeError: if the proxy or a replica cannot be started.
        ray.exceptions.RayError: likewise.
    """
    quiet = {"log_level": "ERROR", "enable_access_log": False}
    serve.start(proxy_location="HeadOnly", http_options=HTTPOptions(host=host, port=port), logging_config=quiet)
    serve.run(service, name=NAME, route_prefix="/", logging_config=quiet)
