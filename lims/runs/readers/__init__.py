"""Readers of instrument files (仪器数据读取), one module for each family of formats, written by hand.

A reader looks at an `OpenedFile` and hands on a `Batch`. It knows no database, no page and no clock, and guesses
nothing: encoding, marks, date order and units that a file does not state come from the import profile.
"""
