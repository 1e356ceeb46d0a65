"""Reports: compiled, reviewed, approved by three people, frozen, drawn, signed, verified, withdrawn.

Words: *report* (检验报告), compile (编制), review (审核), approve (批准), *snapshot* (快照).
Upstream: network, people, library, equipment, accreditation, samples, runs, results, limits.
"""
