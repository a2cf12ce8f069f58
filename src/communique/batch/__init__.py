"""Archives: shards of reports in, one Parquet file of coded reports each out, by many processes; and their way to a store."""
