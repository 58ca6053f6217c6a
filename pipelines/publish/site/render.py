"""The templates and how they are filled: escaping is always on."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipelines.publish.catalogue import schema_org_site
from pipelines.publish.site.cells import both
from pipelines.publish.site.policy import POLICY
from pipelines.publish.site.summary import term


@cache
def environment() -> Environment:
    """Jinja2 with autoescape. ``zh|t(en)`` sets a text in both languages: a filter, which Jinja2 runs once when it
    compiles the template if both are constant, while it would call a function for every page."""
    made = Environment(
        loader=PackageLoader("pipelines.publish.site"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        undefined=StrictUndefined,
    )
    made.filters["t"] = both
    made.globals["policy"] = POLICY
    made.globals["term"] = term
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    return made


def page(template: str, **context: Any) -> bytes:
    """One page as UTF-8. ``json_ld``: its schema.org ``Dataset``; a page without its own speaks of the whole."""
    context.setdefault("json_ld", schema_org_site(f"{context['root']}../"))
    return environment().get_template(template).render(context).encode("utf-8")
