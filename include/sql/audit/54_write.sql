-- Who may add to it, through the function only.
grant execute on function audit.record to rekisteri_pipeline, rekisteri_dpo;
