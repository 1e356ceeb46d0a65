"""Samples: from registration to the bench.

Words: *sample* (样品) with its accession number (样品编号) and its random *blind code* (盲码),
*assigned test* (检测任务): one parameter by one method, from the scope in force.
Upstream: network, people, library, equipment, accreditation.
"""
