-- Who may read which policy held when.
grant select on audit.policy_version to rekisteri_pipeline, rekisteri_dpo, rekisteri_auditor;
