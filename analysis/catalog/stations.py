"""Station results of elections, each file pinned to a commit and a hash."""

from __future__ import annotations

from urllib.parse import quote

from analysis.catalog.entries import NO_LICENCE, Dataset, File


def _github(repository: str, commit: str, folder: str, *rows: tuple[str, int, str]) -> tuple[File, ...]:
    """Files of one commit: name below the folder, bytes, SHA-256."""
    root = f"https://raw.githubusercontent.com/{repository}/{commit}/{folder}"
    return tuple(File(name, root + quote(name), sha256, size) for name, size, sha256 in rows)


STATIONS = (
    Dataset(
        name="kyrgyz2020_kloop",
        title="Kyrgyzstan 2020, parliament: stations, hand and machine count, Form 2 shares",
        files=_github(
            "KloopMedia/ParliamentCalculatorV2",
            "1e616c2780cdcad0b23065f31778c201b19174ef",
            "src/data/",
            (
                "PARTIES_RESULTS_REACT_LEVEL_ONE_NEW.csv",
                539_550,
                "a6b7b0e5d9c3f1e9e09c575d6ec0ed9a8ea6091379ecb1b49bd9f97a2de3dd00",
            ),
            (
                "PARTIES_RESULTS_REACT_LEVEL_ONE.csv",
                539_151,
                "bcd5fa0bb354ac6bc87b2cb186cdb830578c46296ad890004872ae8146bdcd22",
            ),
            ("PARTIES_RESULTS_REACT.csv", 462_396, "deb1f34e8a29bb7bf3548df8788d7f5fdbabffdc3fcb0336846c7c64d046d8b2"),
        ),
        licence=NO_LICENCE,
        format="kloop",
        elections={
            "KGZ-2020-10-04-PARL": (
                "PARTIES_RESULTS_REACT_LEVEL_ONE_NEW.csv",
                "PARTIES_RESULTS_REACT_LEVEL_ONE.csv",
                "PARTIES_RESULTS_REACT.csv",
            )
        },
    ),
    Dataset(
        name="russia_dkobak",
        title="Russia 2011, 2012 and 2018: stations",
        files=_github(
            "dkobak/elections",
            "8003707eb94e3a1e69f8b1b965cdf93f80153808",
            "data/",
            ("2011.csv.zip", 3_425_812, "fd8aeceeebe92664872cf6fcaa43a11c2bf3f4914d9667bbd9bf2df6972cbd8f"),
            ("2012.csv.zip", 3_267_774, "01e1a3296ecbaef2aafcbfda72dfdd7dcde86442a5a8715b1f7b978a99331590"),
            ("2018.csv.zip", 3_096_195, "0ecfa337c877a2db52c99460307ea153b9e3a33810811685a1e92e8154287176"),
        ),
        licence=NO_LICENCE,
        format="russia",
        elections={
            "RUS-2011-12-04-PARL": ("2011.csv.zip",),
            "RUS-2012-03-04-PRES": ("2012.csv.zip",),
            "RUS-2018-03-18-PRES": ("2018.csv.zip",),
        },
    ),
    Dataset(
        name="bolivia2019",
        title="Bolivia 2019, president: tables, final count, and preliminary count (TREP) of 19:40",
        files=_github(
            "futurebum/boliviasims",
            "b48866de724c02403a2a4def11aad7dd4c236a50",
            "",
            ("final_computo.zip", 667_586, "91951a47f459d81dae3f9dbb4612294154a6976e6fce57ecd7f6329676a3862e"),
            (
                "trep - acta.2019.10.20.19.40.57.zip",
                499_379,
                "5cc9c61ed65013daeba786d0b6015272f82df38593d286c668849dd1599e6207",
            ),
        ),
        licence=NO_LICENCE,
        format="bolivia",
        elections={"BOL-2019-10-20-PRES": ("final_computo.zip",)},
    ),
    Dataset(
        name="israel",
        title="Israel, Knessets of April 2019 (21st) and March 2021 (24th): stations",
        files=_github(
            "JacobWeinbren/Israel-Data",
            "d320e99c1739b117adbc64754cffc3e05f2f52bf",
            "data/",
            ("21/expb.csv", 1_337_291, "b4f9a2c92602c73bd16b12c254712408f6147678d7c979e6f0e5d4f1f9fce179"),
            ("24/expb.csv", 1_691_073, "3905c0382bed984f8e3cded4b53ceac408c5107b758aade47f135b6158d15b07"),
        ),
        licence="MIT, for the repository; the files are the election committee's",
        format="israel",
        elections={"ISR-2019-04-09-PARL": ("21/expb.csv",), "ISR-2021-03-23-PARL": ("24/expb.csv",)},
    ),
    Dataset(
        name="uganda",
        title="Uganda 2011, president: stations",
        files=_github(
            "NaokiEto/PS139",
            "09b131ba0d4df222241cea8884c05d5a66012c65",
            "",
            ("2011_Pres_Pstn.csv", 3_166_107, "57d2dea2e0de1dcd16e6449fac0604160243008530d4bb488c17e49a641f1ce3"),
        ),
        licence=NO_LICENCE,
        format="uganda",
        elections={"UGA-2011-02-18-PRES": ("2011_Pres_Pstn.csv",)},
    ),
    Dataset(
        name="bulgaria",
        title="Bulgaria, 14 November 2021, parliament: sections, paper and machine votes",
        files=_github(
            "dimitarivanov/bulgarian-elections-opendata",
            "4dbdb2b668ecb463800b0fe58b445aedce884073",
            "data/",
            ("20211114/21_participants.csv", 2_403, "de485ba26acb498aaadc3b9ca29f8f0bb35aa6053ff438b7fbe62199b6205713"),
            ("20211114/31_sections.csv", 1_795_264, "fa16fdaa43e6b1ad319ca6438eeb29103f413e18d0e66116fd4fa9a60d020486"),
            ("20211114/41_protocols.csv", 675_247, "9da19df96df08e21d98cf1e180d17d0e7df2729e2bcf26ac4b1cf2704ec3f267"),
            (
                "20211114/50_votes_machine_from_machine_data.csv",
                4_041_232,
                "1f25fd35b84bd801030ed091d0056c2c0b10c562ae1d2dfa2588c057629a288d",
            ),
            (
                "20211114/50_votes_paper.csv",
                1_975_606,
                "a9c6d517e623ce0118787d5e5c0ae60ebac80996862b380b1ffecfa8cc661137",
            ),
        ),
        licence="CC BY-SA 4.0",
        format="bulgaria",
        elections={
            "BGR-2021-11-14-PARL": (
                "20211114/21_participants.csv",
                "20211114/31_sections.csv",
                "20211114/41_protocols.csv",
                "20211114/50_votes_machine_from_machine_data.csv",
                "20211114/50_votes_paper.csv",
            )
        },
    ),
)
