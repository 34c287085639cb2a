-- Changes of a tenant's plan in a period: the beginning of a statement that one of query_billing_changes and _movement ends.
-- Parameters: $1 organization, $2 from and $3 before which time. Result: none by itself
WITH changes AS (
    SELECT c.*, pg_catalog.upper(c.currency) AS iso,
           CASE WHEN pg_catalog.upper(c.currency) IN ('BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF',
                                                      'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
                WHEN pg_catalog.upper(c.currency) IN ('BHD', 'JOD', 'KWD', 'OMR', 'TND') THEN 3
                ELSE 2 END AS places,
           -- What was not there is nothing; where both are unknown, so is the difference.
           CASE WHEN c.old_amount IS NOT NULL OR c.new_amount IS NOT NULL
                THEN coalesce(c.new_amount, 0)::pg_catalog.int8 - coalesce(c.old_amount, 0) END AS difference
    FROM public.subscription_changes AS c
    WHERE c.organization_id = $1::pg_catalog.uuid
      AND c.effective_date >= ($2::pg_catalog.timestamptz AT TIME ZONE 'UTC')::pg_catalog.date
      AND c.effective_date < $3::pg_catalog.timestamptz AT TIME ZONE 'UTC')
