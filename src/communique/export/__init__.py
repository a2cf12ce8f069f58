"""The record in the layouts of other data sets, for scripts that read those: see docs/exports.md."""
