"""The declarations: every resource, field, package and code list of Mingzhang, stated once as data."""
