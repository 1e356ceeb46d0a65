"""Materials: lots of reference materials and reagents, and the solutions that the laboratory makes of them.

Words: *lot* (批次) = what carries one label: a bottle with its lot number and expiry, or a solution that was prepared
(配制) from other lots, its *sources*. Upstream: network, people, library, equipment.
"""
