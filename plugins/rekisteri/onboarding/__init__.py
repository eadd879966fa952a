"""Bringing a system in.

skeleton  the entry in sources.yaml and the SELECTs to be filled in
blank     the SELECT of one entity before anybody filled it in
phones    how many phone numbers of a tried source name no country
trial     a source's rows through all steps of a pull, without writing anything
lending   Great Expectations on the trial's own connection, since no other one sees its rows
"""
