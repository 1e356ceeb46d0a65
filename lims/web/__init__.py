"""What every route shares: who is asking, problem details, fields, uploads.

Upstream: everything below the features. Knows no feature.
"""
