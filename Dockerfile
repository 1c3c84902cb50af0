# syntax=docker/dockerfile:1
# The image of `tickctl image build`, for those who prefer Docker. The program packs itself, so that libraries,
# certificates, time zones and users are listed in one place, Sources/Delivery; no daemon is needed for
# `tickctl image build` and `tickctl image push` themselves.
FROM swift:6.3 AS build

# The distribution's newest versions are wanted: they hold the security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates libcurl4-openssl-dev libexpat1-dev libhiredis-dev libpq-dev libsqlite3-dev libssl-dev \
        pkg-config tzdata zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /source
# Package.resolved is there once the sources were built; without it the newest permitted versions are resolved.
COPY Package.swift Package.resolved* ./
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
RUN swift build --configuration release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked \
        -Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors --product tickctl

# The layers are the blobs that gzip can read; they share no file, so their order does not matter.
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN .build/release/tickctl image build \
    && mkdir /rootfs \
    && for blob in .tickctl/image/blobs/sha256/*; do \
        if gzip --test "$blob" 2> /dev/null; then tar --extract --gzip --preserve-permissions --directory /rootfs --file "$blob"; fi; \
    done

FROM scratch
COPY --from=build /rootfs/ /
COPY --from=build --chown=65532:65532 /rootfs/home/tickctl /home/tickctl
ENV PATH=/usr/local/bin:/usr/bin:/bin HOME=/home/tickctl SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt TZ=UTC
LABEL org.opencontainers.image.title=tickctl org.opencontainers.image.licenses=MIT
WORKDIR /home/tickctl
VOLUME /home/tickctl
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/tickctl"]
