# Coupon Desk as a container: non-root, and able to run with a read-only root (compose.yaml does).
FROM python:3.12.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# Every package is pinned by its hash; none is resolved here.
COPY requirements.txt ./
RUN pip install --require-hashes --no-deps -r requirements.txt
COPY manifest.yml ./
COPY bot ./bot
RUN python -m compileall -q bot

USER 10001:10001
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '3000') + '/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "bot", "serve"]
