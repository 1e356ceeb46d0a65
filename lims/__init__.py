"""Qianjian LIMS (黔检): the laboratory information management system for farm-produce safety.

Rooms, and which way dependencies point, are drawn in `docs/architecture.md`.
"""
