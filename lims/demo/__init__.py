"""Made-up but realistic data that the demonstration feeds to the real system, and nothing else does."""
