# syntax=docker/dockerfile:1
# An image with `trailgate` alone on Debian, run as a user without rights:
#   docker build -t trailgate .
#   docker run --rm -v "$PWD/export:/export:ro" trailgate scan /export
FROM rust:1-bookworm AS build
WORKDIR /trailgate
COPY Cargo.toml Cargo.lock build.rs ./
COPY src src
COPY rules rules
# Tests and benches are named in Cargo.toml; none of them is built.
COPY benches benches
COPY examples examples
RUN cargo install --locked --path . --root /usr/local

FROM debian:bookworm-slim
# S3 is read over TLS.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/trailgate /usr/local/bin/trailgate
RUN useradd --system --create-home --home-dir /work trailgate
USER trailgate
WORKDIR /work
ENTRYPOINT ["trailgate"]
CMD ["--help"]
