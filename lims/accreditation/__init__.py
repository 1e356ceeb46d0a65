"""Accreditation: what a laboratory may test, and under which marks.

Words: *certificate* (CMA 资质认定证书, CATL 机构考核合格证书), *scope line* (能力附表的一行),
*verified method* (方法验证: the limit of quantification that this laboratory has shown).
Upstream: network, people, library, equipment.
"""
