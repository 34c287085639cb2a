-- What the changes come to.
-- Columns: change, changes, difference, currency; and the difference in the smallest unit
SELECT c.change_type, pg_catalog.count(*),
       pg_catalog.round(pg_catalog.sum(c.difference) / 10::pg_catalog.numeric ^ c.places, c.places), c.iso,
       pg_catalog.sum(c.difference)
FROM changes AS c
GROUP BY c.iso, c.places, c.change_type
ORDER BY c.iso COLLATE "C", c.change_type COLLATE "C"
