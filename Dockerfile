# 一个镜像，所有自有服务共用：Airflow 四个进程、Spark 主从、guozi 命令。The same locked environment as `make setup`.
FROM python:3.11.13-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends make openjdk-17-jre-headless procps \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home guozi \
    && install -d -o guozi -g guozi /opt/guozi /var/lib/guozi

WORKDIR /opt/guozi
COPY --chown=guozi:guozi . .
USER guozi
RUN make .venv/.installed jars/.verified && rm -rf build /home/guozi/.cache
ENV PATH=/opt/guozi/.venv/bin:$PATH
CMD ["guozi", "--help"]
