# One image for every role: `doctrail` is its entry point, the role is its command.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/doctrail
COPY requirements.lock ./
# Every file is checked against the hash that the lock has of it. Left out afterwards: the packages' own
# tests, and of pyarrow the headers, the RPC client, the S3 client and the second copies of its libraries.
RUN /opt/doctrail/bin/pip install --quiet --no-deps --require-hashes -r requirements.lock \
    && cd /opt/doctrail/lib/python3.13/site-packages \
    && find . -depth -type d -name tests -not -path './numpy/*' -exec rm -rf {} + \
    && rm -rf pyarrow/include pyarrow/*flight* pyarrow/*arrow_s3* pyarrow/_s3fs* pyarrow/*.so.*.*.* pyarrow/*.pyx pyarrow/*.pxi
COPY . .
RUN /opt/doctrail/bin/pip install --quiet --no-deps --no-build-isolation . \
    && /opt/doctrail/bin/pip uninstall --quiet --yes hatchling editables pip \
    && /opt/doctrail/bin/doctrail --version \
    && /opt/doctrail/bin/python -c 'import cv2, onnxruntime, pyarrow.parquet, rapidocr, scipy.stats, sklearn.linear_model'

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/doctrail doctrail \
    && install --directory --owner doctrail --group doctrail --mode 0750 /var/lib/doctrail /run/doctrail
COPY --from=build /opt/doctrail /opt/doctrail
ENV PATH=/opt/doctrail/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DOCTRAIL_HOME=/var/lib/doctrail \
    DOCTRAIL_HEARTBEAT=/run/doctrail/heartbeat.json
USER doctrail
WORKDIR /var/lib/doctrail
# Before there is a heartbeat nothing is asked that costs a start of Python: many services start at once.
HEALTHCHECK --interval=30s --timeout=60s --start-period=10m --start-interval=3s --retries=3 \
    CMD test -e "$DOCTRAIL_HEARTBEAT" && doctrail health
ENTRYPOINT ["doctrail"]
CMD ["--help"]
# Last, so that another commit rebuilds nothing above.
ARG COMMIT=""
ENV DOCTRAIL_COMMIT=$COMMIT
LABEL org.opencontainers.image.title="doctrail" \
      org.opencontainers.image.description="Documents in; typed, grounded, validated records out" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision=$COMMIT
