# The Meltano project with its plugins installed: `docker run --env-file .env IMAGE run tap-sei-efficiency target-postgres`.
FROM python:3.13-slim-bookworm

ENV MELTANO_SEND_ANONYMOUS_USAGE_STATS=false \
    PYTHONUNBUFFERED=1 \
    UV_NO_CACHE=1

RUN useradd --uid 10001 --create-home --home-dir /project meltano
WORKDIR /project
USER 10001

COPY --chown=10001 requirements requirements
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements/uv.txt \
    && .venv/bin/uv pip install --python .venv/bin/python --require-hashes --requirement requirements/meltano.txt
ENV PATH=/project/.venv/bin:${PATH}

COPY --chown=10001 pyproject.toml README.md CHANGELOG.md LICENSE meltano.yml ./
COPY --chown=10001 tap_sei_efficiency tap_sei_efficiency
COPY --chown=10001 loader loader
# The image has no .git; otherwise the version comes from its tags.
ARG VERSION=0.0.0
RUN SETUPTOOLS_SCM_PRETEND_VERSION=${VERSION} meltano install tap-sei-efficiency target-duckdb target-postgres \
    && mkdir output

# To keep the state, set this to a database outside the container: sqlite:////project/output/meltano.db in a volume, or PostgreSQL.
ENV MELTANO_DATABASE_URI=sqlite:////project/output/meltano.db \
    MELTANO_ENVIRONMENT=prod
VOLUME /project/output

ENTRYPOINT ["meltano"]
CMD ["run", "sei-to-duckdb"]
