# Two steps: the first has the build tools and pip, the second only Python and what runs.
FROM python:3.12-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/odoo-poller
COPY requirements/runtime.txt requirements/runtime.txt
RUN /opt/odoo-poller/bin/pip install --require-hashes -r requirements/runtime.txt
COPY packages packages
COPY apps apps
RUN /opt/odoo-poller/bin/pip install --no-deps --no-build-isolation \
      packages/odoo_rpc packages/order_mapper packages/poller_core apps/cli apps/tui

FROM python:3.12-slim-trixie
# A user of its own; the directory is his before the volume is mounted, so that a named volume takes its owner over.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin poller \
 && install -d -o poller -g poller -m 0700 /app/data
COPY --from=build /opt/odoo-poller /opt/odoo-poller
ENV PATH=/opt/odoo-poller/bin:$PATH \
    POLLER_DB_PATH=/app/data/poller.db \
    PYTHONUNBUFFERED=1 PYTHONUTF8=1 PYTHONFAULTHANDLER=1 \
    TERM=xterm-256color
USER 10001
WORKDIR /app
VOLUME /app/data
# Exec form: the poller itself is process 1 and receives SIGTERM. It needs at most 8 s to stop.
ENTRYPOINT ["odoo-poller"]
CMD ["run"]
