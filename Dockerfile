# The image: the service, the table job and the failover command; `dynamodr --help` lists them.
# Built by `make image`; RUN --mount needs BuildKit, podman or buildah. No step names an architecture.
# Two optional secrets reach a package index of one's own, and leave nothing in the image:
#   --secret id=pip.conf,src=… (its `cert`, if any, is /run/secrets/ca) --secret id=ca,src=…
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS libraries
ENV PIP_CONFIG_FILE=/run/secrets/pip.conf
WORKDIR /build
COPY requirements.txt ./
RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=ca --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv --without-pip /opt/dynamodr \
 && python3 -m pip --python /opt/dynamodr/bin/python install \
        --no-compile --only-binary :all: --require-hashes -r requirements.txt
COPY ci/image/prune.py ./
# Bytecode that is never checked against its source: nothing here changes, and a build can be repeated.
RUN /opt/dynamodr/bin/python -B prune.py \
 && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/dynamodr/lib

# Installed beside the libraries, so that changed code ships a layer of kilobytes.
FROM libraries AS project
COPY requirements-dev.txt ./
RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=ca --mount=type=cache,target=/root/.cache/pip \
    sed -n '/^setuptools==/,/# via/p' requirements-dev.txt > backend.txt \
 && python3 -m venv --without-pip backend \
 && python3 -m pip --python backend/bin/python install --only-binary :all: --require-hashes -r backend.txt
COPY pyproject.toml README.md LICENSE ./
COPY app app
RUN python3 -m pip --python backend/bin/python wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && python3 -m pip --python /opt/dynamodr/bin/python install \
        --no-compile --no-deps --no-index --find-links dist --prefix /project dynamodr \
 && python3 -m compileall -q --invalidation-mode unchecked-hash -s /project -p /opt/dynamodr /project/lib

FROM ${BASE}
# The base's own pip, setuptools and ensurepip go, and with them all that could install anything.
RUN rm -rf /usr/local/bin/pip* /usr/local/bin/wheel /usr/local/lib/python3.*/site-packages/* \
        /usr/local/lib/python3.*/ensurepip /usr/bin/pip* /usr/lib/python3/dist-packages/* \
        /usr/lib/python3.*/ensurepip /usr/share/python-wheels \
 && echo 'dynamodr:x:65532:65532:dynamodr:/tmp:/usr/sbin/nologin' >> /etc/passwd \
 && echo 'dynamodr:x:65532:' >> /etc/group
COPY --from=libraries /opt/dynamodr /opt/dynamodr
COPY --from=project /project /opt/dynamodr
# The base ships its standard library without bytecode, and a read-only root can't keep any: each start would compile it.
RUN --mount=type=bind,source=ci/image/compile_stdlib.py,target=/tmp/compile_stdlib.py \
    /opt/dynamodr/bin/python /tmp/compile_stdlib.py

ENV PATH=/opt/dynamodr/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 5000 9090
# No HEALTHCHECK: an OCI image has none, Kubernetes ignores Docker's, and it would start an interpreter every half minute.
ENTRYPOINT ["dynamodr"]
CMD ["serve"]

ARG BASE VERSION= REVISION= CREATED= SOURCE=
LABEL org.opencontainers.image.title="dynamodr" \
      org.opencontainers.image.description="A users service that survives the loss of an AWS Region" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="${BASE}"
