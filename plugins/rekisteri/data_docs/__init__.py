"""Data Docs: what the quality gate said of each pull, as pages that need no network and hold no value of a person.

    validations   what is kept of Great Expectations' results: counts, rule names, settings; for 30 nights
    whole         the pulls, and what came of the rules on each as a whole, which Great Expectations is not asked
    wording       a rule in words
    site          the pages, rendered from what is kept

Great Expectations' own builder writes pages that load scripts, styles and fonts from public servers, from results that
lie on the disk of whoever ran it. Here the results are in the warehouse, laid out as Great Expectations lays them out,
and whoever serves the pages renders them: a folder (:func:`build`), or a web server, page by page (:func:`render`).
"""

from rekisteri.data_docs.site import build, build_tonight, pages, render
from rekisteri.data_docs.validations import NIGHTS, keep, prune
from rekisteri.data_docs.whole import path

__all__ = ["NIGHTS", "build", "build_tonight", "keep", "pages", "path", "prune", "render"]
