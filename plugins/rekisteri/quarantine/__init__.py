"""Quarantine: where refused rows wait, and how each of them ends. Every row has a way out.

    retesting   judges what waits again from what is kept, without reading the source: a rule or policy was mended
    waiting     its steps: what waits is put where a pull would have put it, judged, moved
    deciding    what a person decided of one row: released in spite of a rule, or rejected; it sticks to that content
    overruling  which rules a person may overrule
    belonging   which rows belong to a subject: its own keys, what refers to them, the same identifiers
    looking     which rows wait and what was decided, by key; what a row holds, shown to an approver and noted
    telling     what a rule means and what to do; of an expectation, by the source's file as it is now

A row mended at its source is judged by the next pull; nothing stays longer than retention.yaml says, counted from the
first refusal (``nights.erasing.expire_quarantine``, every night, whatever the sources do).
"""
