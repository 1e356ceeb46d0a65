"""Indicators: returns upward, intake from below, and the figures that both levels show.

Words: *return* (直报), *reported batch* (上报批次), *pass rate* (合格率), *batches per thousand* (批次/千人).
Upstream: everything from network to reports.
"""
