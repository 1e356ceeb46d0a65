"""Contests: skills contests (技能竞赛) of a network, from entries to signed certificates.

Words: contest (竞赛) = one stage of a season; event (项目) = what is scored; entry (报名) = a person that a laboratory
enters; entrant (选手) = an entry with a start number and a secret code, which is all that judges see; sheet (评分表) =
what one judge gives one entrant; mark = what comes without judges (theory, reported results). What was submitted stays
as it is: a correction lies over it and needs two people. Scoring itself is in `lims.science.contest_scoring`.
Upstream: proficiency, reports, people, network, documents.
"""
