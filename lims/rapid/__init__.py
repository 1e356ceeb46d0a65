"""Rapid tests (快检): what township readers say of samples, kept apart from results, and how positives are confirmed.

A rapid test is never a result: it is judged by nobody, stands in no report and in no pass rate. A positive waits for a
test by an instrument method on the same sample.
"""
