-- Who may read the evidence.
grant select on audit.entry to rekisteri_pipeline, rekisteri_dpo, rekisteri_auditor;
