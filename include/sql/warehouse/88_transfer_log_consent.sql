-- Finds the transfers that were made on a consent.
create index if not exists transfer_log_consent on register.transfer_log (consent_source, consent_key)
