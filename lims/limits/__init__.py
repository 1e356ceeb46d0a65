"""Does a sample conform (判定)? Limits, prohibitions and local rules, each verdict with its explanation.

* *limit* (限量): what an edition allows of a residue in a food; found by climbing the food tree.
* *prohibited* (禁用): may not be there, whatever a limit allows; *use violation* (违规用药): a local rule is broken.
* *judgement* (判定): the verdicts of a sample and each parameter, by one release of the library; never changed.

Upstream: everything up to `results`.
"""
