# 国资大数据在线监管系统的前门：make help 列出全部命令。
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(firstword $(shell command -v python3.11 python3))
BIN := .venv/bin
# Two processes, a Spark session each: one alone leaves half of two cores idle. What each gets: tests/conftest.py.
SUITE := -n 2 --no-loadscope-reorder
UV := build/bootstrap/bin/uv
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Hundreds of processes start from here: what one has compiled the next reads.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run up down test check proof bench sbom audit lock clean

help: ## 显示本说明 · this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16
	@echo
	@echo '  需要：Python 3.11、Java 17、make；测试还需要 Go 和 curl。数据都在 var/（GUOZI_HOME 可改）。'
	@echo '  Needs Python 3.11, Java 17, make; tests also need Go and curl. Everything written lies under var/ (GUOZI_HOME moves it).'

setup: .venv/.installed jars/.verified build/minio ## 建立环境、取回 jar、建测试用的对象存储 · environment, jars, object store for tests, pinned

run: .venv/.installed jars/.verified ## 样例城市的一夜：采集到发布 · one night of the sample city, through Airflow
	@$(BIN)/python -m scripts.run

up: .venv/.installed jars/.verified ## 常驻调度器：每夜自动运行，等到各进程正常 · the standing scheduler, four processes
	@$(BIN)/python -m scripts.standing up

down: ## 停下常驻调度器 · end them
	@$(BIN)/python -m scripts.standing down

test: setup ## 全部测试 · the test suite
	@$(BIN)/python -m pytest $(SUITE)

check: setup ## 检查一切：格式、类型、依赖方向、YAML、测试 · lint, types, arrows, YAML, tests
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/yamllint --strict .
	@$(BIN)/python -m pytest $(SUITE)

proof: setup ## 更久的证明：整座城市、每个断点 · the whole city and every failpoint
	@$(BIN)/python -m pytest -m proof

bench: setup ## 测速：一夜、第二夜、大批量、增长、查询、一年的夜（数小时） · night, second night, bulk, growth, query, nights 10 to 365; hours
	@$(BIN)/python -m bench

sbom: setup ## 软件物料清单和许可证列表 · CycloneDX SBOM in build/, licences in docs/
	@$(BIN)/python -m scripts.sbom

audit: setup ## 已知漏洞（需要联网） · known vulnerabilities of the locked packages; needs the network
	@$(BIN)/pip-audit --disable-pip --require-hashes -r requirements.lock

lock: $(UV) ## 重新锁定依赖 · lock dependencies and jars anew
	@$(UV) pip compile -q pyproject.toml --extra dev --generate-hashes --python-version 3.11 -o requirements.lock
	@$(BIN)/python -m scripts.jars --lock

clean: ## 删除环境和产出（不动代码） · remove the environment and everything written
	rm -rf .venv build var jars/*.jar jars/.verified *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(UV): scripts/bootstrap.lock
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || \
	  { echo '需要 Python 3.11：sudo apt-get install python3.11 python3.11-venv，或 make PYTHON=/path/to/python3.11 setup' >&2; exit 3; }
	@echo '准备 uv …'
	@"$(PYTHON)" -m venv build/bootstrap || \
	  { echo '这个 Python 建不了虚拟环境：sudo apt-get install python3.11-venv' >&2; rm -rf build/bootstrap; exit 3; }
	@build/bootstrap/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/.installed: requirements.lock pyproject.toml $(UV)
	@echo '安装锁定的依赖（约 1.5 GB，第一次需要一两分钟）…'
	@$(UV) venv -q --allow-existing --python "$(PYTHON)" .venv
	@$(UV) pip sync -q --python $(BIN)/python --compile-bytecode --require-hashes requirements.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation --config-setting editable_mode=compat -e .
	@touch $@

jars/.verified: jars/jars.sha256 scripts/jars.py .venv/.installed
	@$(BIN)/guozi doctor --only java
	@echo '取回并校验 Spark 的 jar …'
	@$(BIN)/python -m scripts.jars
	@touch $@

build/minio: scripts/minio.py .venv/.installed
	@$(BIN)/python -m scripts.minio
	@[ ! -e $@ ] || touch $@
