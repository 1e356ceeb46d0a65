"""Words that every room uses: reasons and refusals, actors and actions, the clock.

Imports nothing of the project and no framework.
"""
