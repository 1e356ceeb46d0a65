"""Documents (文书): frozen snapshot → HTML → PDF → signature; verification, QR codes and sample labels.

A report (检验报告) is a frozen `snapshot.ReportSnapshot`; `rendering` turns it into bytes and sees nothing else,
`signing` seals the bytes with the laboratory's key (`keys`), `verification` says what a PDF handed in later is worth.
Upstream are only `core` and the lower rooms: no record, no route and no feature is known here.
"""
