"""Results: from a signal or a person's hand to a number that a second person has verified.

Words: *result* (检测结果) of one analyte of one assigned test, *verification* (校核).
Upstream: network, people, library, equipment, accreditation, samples, runs.
"""
