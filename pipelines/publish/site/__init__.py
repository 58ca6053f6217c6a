"""The portal: a folder of static pages over what is published, for readers without tools.

Not for judging or changing data: every figure is taken from the published frames and only set in type. The pages
need no server and no other host: data come as scripts that assign to one global, never by a request.
"""

from pipelines.publish.site.build import PackageInfo, build_site

__all__ = ["PackageInfo", "build_site"]
