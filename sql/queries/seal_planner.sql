-- What sealing, proving and saying what is sealed read, they find by indexes, and no more of it than they need. Statistics
-- that are old or were never made must not turn that into reading tables whole, so for this transaction the planner is
-- kept from all else. Costs of plans mean nothing then: no code is compiled because of them.
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_sort = off;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;
