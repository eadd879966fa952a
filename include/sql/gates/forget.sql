-- pull_id. Forgets what an earlier try of the quality gate found in a pull: the source may have taken it back.
delete from quarantine.gate_night
where pull_id = %(pull_id)s and gate = 'quality'
