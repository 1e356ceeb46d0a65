"""Proficiency: interlaboratory rounds (能力验证), planned, handed in, evaluated and published.

Words: round (轮次) = items sent to participants at one time; item (样品) = what every participant measures; assigned
value (指定值) x_pt, standard deviation for proficiency assessment (能力评定标准差) σ_pt, score (评分), grade (评价).
The statistics are in `lims.science.proficiency`; here results are read, and what was found is put into words.
A round that is kept has an organiser with the key of the codes (`service`) and participants (`handing_in`); `doors`
says how far each sees, `evaluating` what is frozen. Upstream: quality, network, documents.
"""
