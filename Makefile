# Needs only Python 3.11, make and the package registries. Everything else is installed into .venv from uv.lock.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OCR := $(VENV)/.ocr

.PHONY: demo ocr test check bench fuzz dev samples clean

demo: $(STAMP)
	$(BIN)/mingzhang build samples/reports samples/formats --out releases

# Reading pages that are pictures: RapidOCR with its models, ONNX Runtime and OpenCV (270 MB).
ocr: $(OCR)

# With OCR, so that its tests run.
test: $(OCR)
	$(BIN)/python -m pytest -q -n 2

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(STAMP)
	$(BIN)/python -m tests.bench

# Mutated files, read on every core: make fuzz N=100000 SEED=2. FORMATS=1: workbooks, web pages and the others instead.
N ?= 1000
SEED ?= 1
fuzz: $(STAMP)
	$(BIN)/python -m tests.fuzz --count $(N) --seed $(SEED) $(if $(FORMATS),--formats)

dev: $(STAMP)
	DAGSTER_HOME=$(CURDIR) exec $(BIN)/dagster dev

samples: $(STAMP)
	$(BIN)/python -m samples.generator build

# uv lives in a small environment of its own, so that syncing .venv cannot remove it.
# The portal's JavaScript libraries come the same way: from npm's registry, by their lock file, without Node.
$(STAMP): pyproject.toml uv.lock .ci/uv.txt pipelines/publish/site/vendor.lock.json
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "make: $(PYTHON) is needed (PYTHON=... names another)"; exit 1; }
	@test -x .uv/bin/uv || { $(PYTHON) -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r .ci/uv.txt; }
	UV_PROJECT_ENVIRONMENT=$(VENV) .uv/bin/uv sync --frozen --quiet --python $(PYTHON)
	$(BIN)/python -m pipelines.publish.site.vendoring
	@touch $@

$(OCR): $(STAMP)
	UV_PROJECT_ENVIRONMENT=$(VENV) .uv/bin/uv sync --frozen --quiet --python $(PYTHON) --extra ocr
	@touch $@

clean:
	rm -rf $(VENV) .uv .dagster releases .pytest_cache .mypy_cache .ruff_cache .hypothesis pipelines/publish/site/vendor
