"""Words of a report to what they stand for: actors on a date, and dates."""
