"""What the record amounts to over time: dyad series, tension, change points, alerts. Pure: rows in, records out, no database."""
