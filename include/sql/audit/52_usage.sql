-- Who may see that the schema is there.
grant usage on schema audit to rekisteri_pipeline, rekisteri_dpo, rekisteri_auditor;
