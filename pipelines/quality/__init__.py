"""Is the report right? The room that holds what was read against the official arithmetic.

It takes the frames of the extraction and gives reconciliations (exact differences, computed in Polars), the
verdicts of Great Expectations on them, findings that a reader understands, and how much of each report could
be judged. It never changes a published value, and it never reads a document.

Great Expectations costs seconds to import: it is imported where a validation runs, not here.
"""

from pipelines.quality.catalogue import Rule, rules
from pipelines.quality.check import Quality, check
from pipelines.quality.reconcile import reconcile

__all__ = ["Quality", "Rule", "check", "reconcile", "rules"]
