-- Who may note a version.
grant insert on audit.policy_version to rekisteri_pipeline, rekisteri_dpo;
