"""The network: regions with their people, laboratories with their superiors, targets.

Words: *region* (行政区划), *laboratory* (检验检测机构) at four levels, *target* (目标).
Upstream: nothing. Everyone may read; records belong to the network, not to a laboratory.
"""
