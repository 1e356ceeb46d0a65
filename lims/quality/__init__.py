"""Quality: control charts over the quality control of runs, and nonconforming work.

Words: control chart (质控图) = the points of one check over time; limits (控制限) = its lines, set by a person;
nonconforming work (不符合工作) = what did not go as it must, until it is closed (ISO/IEC 17025:2017, 7.10).
Upstream: results, runs, library, people.
"""
