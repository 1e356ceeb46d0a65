"""Runs (上机批次): what was injected on one instrument, in which order, and what the instrument said.

Words: worksheet (工作单) = the planned positions; run = one execution of it; injection (进样) = one row of the
instrument's table; trace = one ion transition of one analyte in one injection; import profile (导入配置) = what a
person decided about the files of one instrument.
Upstream: samples, equipment, library, people.
"""
