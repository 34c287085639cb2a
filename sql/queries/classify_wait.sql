-- Ask writers to notify (audit-schema(5), NOTIFICATIONS), unless another session does already.
-- Parameters: none. Result: do we?
SELECT pg_catalog.pg_try_advisory_lock(1635083369, 1952542836)
