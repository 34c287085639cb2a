-- Keep tiles: an array of objects with tree, level, index and hashes (hexadecimal). A tile that is there gets longer.
CREATE OR REPLACE FUNCTION auditproof.seal_tiles(tiles json) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
    INSERT INTO auditproof.tile (tree, level, index, hashes)
    SELECT t.tree, t.level, t.index, decode(t.hashes, 'hex')
      FROM json_to_recordset(tiles) AS t (tree uuid, level smallint, index bigint, hashes text)
     ORDER BY t.tree, t.level, t.index
        ON CONFLICT (tree, level, index) DO UPDATE SET hashes = EXCLUDED.hashes;
$body$;
