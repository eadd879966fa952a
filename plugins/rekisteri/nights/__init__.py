"""The steps of a night, as the DAGs call them: ingest, erasing, publishing; each imports what its tasks need."""
