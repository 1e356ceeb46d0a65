"""Equipment: instruments and the end of their calibration.

Words: *instrument* (仪器设备). Upstream: network, people, library.
"""
