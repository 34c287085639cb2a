-- The next entries of the cursor of classify_range.
-- Parameters: none. Columns: chain_id, seq, log_id, event
FETCH 500 FROM classify_range
