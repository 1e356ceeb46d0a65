"""Pure calculation of the laboratory: amounts, units, rounding, calibration, quality control, residues, conformity.

No file, no database, no clock, no framework: what a function needs, it is given.

* *amount* (结果量值): quantified, below the limit of quantification, or not detected; never 0 for "nothing found".
* *exact numbers* are `Decimal`; floats appear only in regression and statistics (`calibration`) and become decimals
  again in one named place (`rounding.decimal_from_float`).
* *limits of checks* are data handed in with their source, never constants of the code.
"""
