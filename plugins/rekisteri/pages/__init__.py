"""The pages on the state of the promises, below *Register* in the Airflow UI.

    app          the pages: what each address shows, headers of every answer, errors as a sentence
    rendering    the templates, and what they are filled with
    permission   who may look: those who may answer the erasure plan
    drawing      trends as bars
    quarantined  what waits by a rule, row by row
    where        where data lives, by country and by processor
    transfers    what left the EU/EEA, on whose consent
    templates/, static/

What it must not let through: no page without a login that may look; no value of a row, only counts, rules and keys; no
request to any other machine; nothing written. What it reads, it reads as the data protection officer's login.
"""
