"""Theory papers (理论考试): question banks, papers drawn from them, sitting in the browser, marking.

`rules` what is a sound question, paper and time; `marking` what an answer is worth; `drawing` how papers are drawn;
`tables` the records; `queries` reads; `bank`, `service`, `sitting`, `correcting` acts; `looking` what people see.
"""
