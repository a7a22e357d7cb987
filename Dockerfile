# The image of syncsvc: "docker build -t syncsvc .", or by docker-compose.yml. docs/container.md tells how to run it.
# The base may be any image with Python 3.11 or later upon glibc; it stands here twice, and is best pinned by its digest.


# -- Builder: the locked dependencies, each by its hash, and the project's wheel ------------------------------------------
FROM docker.io/library/python:3.13-slim-trixie AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore PYTHONDONTWRITEBYTECODE=1
# What is made here in /opt/syncsvc holds no pip: that is in /tools, which stays behind.
RUN python3 -m venv /tools && python3 -m venv --without-pip /opt/syncsvc
WORKDIR /source

# A pip.conf may be given as a build secret, where packages come from a registry of one's own; hashes are checked all the same.
COPY requirements.lock requirements-build.lock ./
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    /tools/bin/pip install --require-hashes --only-binary :all: -r requirements-build.lock \
    && /tools/bin/pip --python /opt/syncsvc/bin/python install --compile --require-hashes --only-binary :all: -r requirements.lock

COPY pyproject.toml README.md ./
COPY migrations migrations
COPY config/sync.example.yaml config/sync.schema.json config/
COPY syncsvc syncsvc
RUN /tools/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheel . \
    && /tools/bin/pip --python /opt/syncsvc/bin/python install --compile --no-index --no-deps /wheel/*.whl \
    && mkdir /opt/syncsvc/share \
    && cp config/sync.example.yaml config/sync.schema.json /opt/syncsvc/share/


# -- What runs ------------------------------------------------------------------------------------------------------------
FROM docker.io/library/python:3.13-slim-trixie
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="syncsvc" \
      org.opencontainers.image.description="Two-way synchronisation between the C2 ITSM CMDB and the Hector asset inventory" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"

# The number is fixed so that whoever owns a mounted directory can give it to this account. The base's pip has no work here.
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/ensurepip /usr/local/lib/python3*/site-packages/pip* \
    && echo 'syncsvc:x:10001:' >> /etc/group \
    && echo 'syncsvc:x:10001:10001::/data:/usr/sbin/nologin' >> /etc/passwd \
    && mkdir /config /data \
    && chown 10001:10001 /data

COPY --from=builder /opt/syncsvc /opt/syncsvc

# Loopback would be the container's own. Without a password of the console the service keeps to it nevertheless.
ENV PATH=/opt/syncsvc/bin:$PATH \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SQLITE_TMPDIR=/data \
    SYNCSVC_CONSOLE__HOST=0.0.0.0

# From here the settings' own defaults lead to the mounted places: data/syncsvc.db and config/sync.yaml. Nothing else is written.
WORKDIR /
VOLUME /data
EXPOSE 8080
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client, os; port = int(os.environ.get('SYNCSVC_CONSOLE__PORT') or 8080); call = http.client.HTTPConnection('127.0.0.1', port, timeout=4); call.request('GET', '/healthz'); raise SystemExit(call.getresponse().status != 200)"]
ENTRYPOINT ["syncsvc"]
CMD ["serve"]
