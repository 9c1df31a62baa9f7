# notifyd as an image: built with Swift, run on Debian's own libraries as a user without rights. docs/containers.md.
#
#     docker build --tag notifyd .
#
# Both bases can be others: --build-arg SWIFT_IMAGE=… needs Swift 6.2 or newer on Debian 12, RUNTIME_IMAGE=… Debian 12.
# The compiler is pinned, since another may refuse the sources. Of Debian the series is pinned and not the day, so that
# `docker build --pull --no-cache` brings its security updates.
ARG SWIFT_IMAGE=docker.io/library/swift:6.3.1-bookworm
ARG RUNTIME_IMAGE=docker.io/library/debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
# What scripts/packages.txt lists "to build".
RUN apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends \
        libc6-dev libcmark-dev libcurl4-openssl-dev libpq-dev librabbitmq-dev libssl-dev pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# The packages change far less often than the sources: this layer keeps them.
COPY Package.swift ./
RUN swift package resolve
# The tests are not built, but Package.swift names their folders.
COPY Plugins Plugins
COPY Tests Tests
COPY Sources Sources
RUN swift build --configuration release --static-swift-stdlib --product notifyd \
    && install -D --strip .build/release/notifyd /out/notifyd

FROM ${RUNTIME_IMAGE}
RUN apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends \
        ca-certificates libcmark0.30.2 libcurl4 libpq5 librabbitmq4 libssl3 libstdc++6 tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log \
    && groupadd --gid 65532 notifyd \
    && useradd --uid 65532 --gid 65532 --home-dir /var/lib/notifyd --no-create-home --shell /usr/sbin/nologin notifyd \
    && install --directory --owner=65532 --group=65532 --mode=0750 /var/lib/notifyd
COPY --from=build /out/notifyd /usr/bin/notifyd

# By number, so that a cluster can see that it is not root. A volume mounted here is the user's own from the start.
USER 65532:65532
WORKDIR /var/lib/notifyd
# Probes and metrics, once http.listen is more than loopback.
EXPOSE 9464
# SIGTERM drains for `shutdown.drain`, 25 s as it comes: whoever stops it has to wait longer before killing it.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=3 CMD ["notifyd", "status"]
ENTRYPOINT ["notifyd"]
CMD ["run"]

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="notifyd" \
    org.opencontainers.image.description="Domain events from RabbitMQ become emails and SMS, each sent once" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.documentation="docs/containers.md"
