"""Images and containers without a registry and without a Docker engine: what `make container-test` runs.

buildah builds, podman runs, podman-compose reads docker-compose.yml. All they make is in one private folder.
"""

from .bases import debian, swift, toolchain
from .project import Project
from .store import ImageStore, missing_programs

__all__ = ["ImageStore", "Project", "debian", "missing_programs", "swift", "toolchain"]
