"""Across reports: copies of a text, incidents (one event, many reports), claims and their sides. Records in, records out."""
