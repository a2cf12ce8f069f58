"""Scores coded reports against gold annotation in public layouts. Each module offers `evaluate(path, reader)` and `render`."""
