-- Ask writers no more to notify.
-- Parameters: none. Result: did we?
SELECT pg_catalog.pg_advisory_unlock(1635083369, 1952542836)
