-- Parameters: none.
ORDER BY e.recorded_at, e.chain_id, e.seq
