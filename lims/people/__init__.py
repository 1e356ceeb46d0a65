"""People: users with roles, their API tokens, and what they are authorised for.

Words: *user* (用户), *role* (岗位角色), *authorisation* (授权) of a method or of a signatory's field.
Upstream: network.
"""
