"""What a page of the portal may load and run: its own files, and nothing that stands in the page itself.

Every page states it as a meta element, so that it holds on any host and from disk; ``serve`` sends the same.
"""

from __future__ import annotations

import base64
import hashlib

IMPORT_MAP = '{"imports": {"apache-arrow": "./assets/arrow.mjs"}}'
"""The only script inside a page: where DuckDB-Wasm finds Arrow. Import maps cannot be files."""


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


POLICY = "; ".join(
    (
        "default-src 'self' data: blob:",
        f"script-src 'self' 'wasm-unsafe-eval' {_hash(IMPORT_MAP)}",
        "style-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
