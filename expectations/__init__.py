"""What must hold: the rule catalogue, and the suites of Great Expectations that judge it, stated once as data."""
