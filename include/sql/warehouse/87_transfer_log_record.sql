-- Finds the transfers of a record.
create index if not exists transfer_log_record on register.transfer_log (source, entity, source_key)
