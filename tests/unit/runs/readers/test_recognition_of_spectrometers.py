"""Every reader of spectrometers, plate readers and analysers recognises its own exports and no other ones."""

import pytest

from tests.unit.runs.readers.exports import only_recognised_by

OWN = {
    "bmg-mars": ["plate_readers/16-03-03 16-54-03 472 ABS 384 QC.csv"],
    "bruker-s8-tiger": ["agri_food_other/DU-0001.csv"],
    "andi-chromatography": ["andi_netcdf/ACID.CDF", "andi_netcdf/CLASSVP.CDF"],
    "astm-e1394": ["astm_hl7/cobas_c111.txt"],
    "foss-fiastar": ["agri_food_other/4357.csv"],
    "foss-winescan": ["agri_food_other/auto_qcsamples.csv"],
    "gen5": ["plate_readers/endpoint_stdcurve_singleplate.txt"],
    "horiba-icp": ["horiba_varian/ICP limstest bog envas.csv"],
    "mini-vidas": ["astm_hl7/mini_vidas.txt"],
    "perkinelmer-nexion": ["perkinelmer_syngistix/nexion350x.xlsx"],
    "perkinelmer-table": ["perkinelmer_syngistix/winlab32.csv"],
    "rapid-reader-json": [],
    "rapid-reader-table": [],
    "revvity-kaleido": ["plate_readers/absorbance_endpoint_single_plate_example_01.csv"],
    "rigaku-xrf": ["agri_food_other/BOG.csv"],
    "seal-aq2": ["agri_food_other/13-12-12 ENVASS BH REST ANIONS.csv"],
    "skanit": ["plate_readers/skanit_different_plate_pattern.xlsx"],
    "softmax-pro": ["plate_readers/MD_SMP_absorbance_endpoint_example01.txt"],
    "tecan-magellan": ["plate_readers/SLA01P01_assay.xlsx"],
    "thermo-gallery": ["agri_food_other/9861x_v4_01.tsv"],
    "thermo-qtegra": ["thermo_qtegra/AR20200205Aliquots.csv"],
    "thermo-visionlite": ["plate_readers/Thermo_VISIONlite_example_quant.csv"],
    "varian-vista": [],
}


@pytest.mark.parametrize("reader", OWN)
def test_a_reader_recognises_its_own_exports_and_no_other(reader: str) -> None:
    only_recognised_by(reader, OWN[reader])
