-- Invoices of a tenant whose billing periods touch the period: the beginning of a statement that one of query_billing_* ends.
-- Parameters: $1 organization, $2 from and $3 before which time, $4 what time it is. Result: none by itself
--
-- Amounts are integers of a currency's smallest unit, which is a hundredth but for those that ISO 4217 divides otherwise.
WITH bills AS (
    SELECT coalesce(i.invoice_number, i.stripe_invoice_id) AS number, i.status, pg_catalog.upper(i.currency) AS currency,
           CASE WHEN pg_catalog.upper(i.currency) IN ('BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF',
                                                      'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
                WHEN pg_catalog.upper(i.currency) IN ('BHD', 'JOD', 'KWD', 'OMR', 'TND') THEN 3
                ELSE 2 END AS places,
           i.amount_due::pg_catalog.int8 AS due, coalesce(i.amount_paid, 0)::pg_catalog.int8 AS paid,
           CASE WHEN i.status = 'open' AND i.amount_due > coalesce(i.amount_paid, 0)
                THEN i.amount_due::pg_catalog.int8 - coalesce(i.amount_paid, 0) ELSE 0 END AS outstanding,
           i.status = 'open' AND i.amount_due > coalesce(i.amount_paid, 0)
               AND coalesce(i.due_date < ($4::pg_catalog.timestamptz AT TIME ZONE 'UTC')::pg_catalog.date, false) AS overdue,
           ($4::pg_catalog.timestamptz AT TIME ZONE 'UTC')::pg_catalog.date AS today,
           i.billing_period_start, i.billing_period_end, i.due_date, i.paid_at, i.id
    FROM public.invoices AS i
    WHERE i.organization_id = $1::pg_catalog.uuid
      AND i.billing_period_end >= ($2::pg_catalog.timestamptz AT TIME ZONE 'UTC')::pg_catalog.date
      AND i.billing_period_start < $3::pg_catalog.timestamptz AT TIME ZONE 'UTC')
