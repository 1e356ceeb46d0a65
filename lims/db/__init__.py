"""The database: engine, column types, records, the unit of work with its audit chain, number series, vault.

Upstream: `core` and `settings`. Knows no feature.
"""
