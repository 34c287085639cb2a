-- How the statement that follows will be run.
-- Parameters: none. Result: lines
EXPLAIN
