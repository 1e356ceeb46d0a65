"""What the laboratory judges and tests by (方法库): substances, foods, methods, limits, prohibitions.

* *substance* (物质): a pesticide, drug or component of a residue definition; found by name, alias or CAS number.
* *food tree* (食品分类): the classification of one standard; a limit of a group holds for every food in it.
* *release* (版本): one loaded state of the folder `method_library/`, known by its hash and never changed.

Upstream: `core`, `science`, `db`, `runtime`.
"""
