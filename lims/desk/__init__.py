"""The desk (工作台): what waits for somebody today, finding any number or name, the audit trail, background work.

It looks at every feature and changes nothing of theirs. Words: a *wait* is work that lies with one step of the way and
is *late* after a stated number of working days; a *hit* is what a search found.
"""
