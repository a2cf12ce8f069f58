"""A user's own annotation to an adaptation of the reader: corrected heads, and event types beside PLOVER's."""
