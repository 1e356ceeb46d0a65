"""Tests that drive Chromium against a real server.

A package, unlike the other folders: Chromium is started once for it and ended with it, because the event loop behind
Playwright is seen by every test of the same process as long as it runs.
"""
