# The image of Tallystick's own processes: locked dependencies, no embedded PostgreSQL, no root.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install uv==0.13.9
WORKDIR /opt/tallystick
# Dependencies first: they change less often than the code, and the layer is kept until they do.
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --locked --no-dev --no-install-project
COPY ledger ledger
COPY projections projections
COPY consumers consumers
COPY schemas schemas
COPY service service
RUN uv sync --locked --no-dev --no-editable

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/tallystick tallystick \
    && install -d -o tallystick -g tallystick -m 0700 /var/lib/tallystick/inbox
COPY --from=build /opt/tallystick/.venv /opt/tallystick/.venv
ENV PATH=/opt/tallystick/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TALLYSTICK_HOME=/var/lib/tallystick
USER tallystick
WORKDIR /var/lib/tallystick
VOLUME /var/lib/tallystick
ENTRYPOINT ["tallystick"]
CMD ["--help"]
