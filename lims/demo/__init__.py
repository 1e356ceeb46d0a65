"""The rehearsal: the whole main job with made-up people and samples, by the real services.

Every step looks at the committed records first and does only what is missing, so that a rehearsal
that was killed anywhere goes on where it stopped.
"""
