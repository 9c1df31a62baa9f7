# Stands in for docker.io/library/swift:…-bookworm: Debian 12 with what the compiler needs of it; the toolchain itself is
# this machine's own, mounted while building.
ARG BASE
FROM ${BASE}
RUN apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends \
        binutils-gold ca-certificates gcc git libc6-dev libcurl4 libedit2 libncurses6 libsqlite3-0 libstdc++-12-dev \
        libxml2 pkg-config tzdata \
    && rm -rf /var/lib/apt/lists/*
ENV PATH=/opt/swift/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
