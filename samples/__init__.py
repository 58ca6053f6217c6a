"""Reports that we wrote ourselves. Test and demonstration material; nothing in ``pipelines/`` imports it."""
