#include <stdlib.h>
#include <string.h>

#include "run.h"

/*
 * The roots in the seals. What a proof shows is that an entry is under such a root, so a root that is not the chain's
 * would prove what is not there. The leaves are stored in order, and entries come in none: the roots are recomputed
 * from the stored leaves, and the leaves held against the entries by a keyed sum for each chain, to which either side
 * adds. The tiles above the leaves follow from these. So do those of the seal log's tree, whose leaves are the seals.
 */

enum { T_CHAIN, T_LEAF, T_INDEX, T_BYTES, T_NUMBER };
enum { TREE_COLUMNS = 5, ABOVE_LEVELS = AP_TILE_LEVELS - 1 };

/* One level above the leaves. */
struct above {
    uint8_t hashes[AP_TILE_WIDTH * AP_HASH_LEN]; /* of the tile that the last is in; */
    uint64_t count;                              /* how many follow from the leaves so far; */
    uint64_t same;                               /* how many are stored, from the first on, and the same */
};

/* One chain's tree at a time. */
struct tree_pass {
    struct run *run;
    struct ap_uuid chain;
    struct pin *pin; /* NULL: nothing covers the chain */
    bool begun, broken;
    struct peaks peaks;
    uint8_t leaves[AP_TILE_WIDTH * AP_HASH_LEN]; /* of the tile that is at hand; */
    uint64_t first;                              /* number of its first; */
    size_t width;                                /* how many */
    struct above above[ABOVE_LEVELS];
};

void pin_sum(const struct multiset_key *key, struct pin *pin, uint64_t seq, const uint8_t hash[AP_HASH_LEN], bool add)
{
    uint8_t item[8 + AP_HASH_LEN];
    uint64_t prf[2];

    if (seq == 0 || seq > pin->covered.size)
        return;
    ap_put_u64(item, seq);
    memcpy(item + 8, hash, AP_HASH_LEN);
    multiset_siphash(prf, key, item, sizeof item);
    for (size_t i = 0; i < 2; i++)
        (void)atomic_fetch_add_explicit(&pin->sum[i], add ? prf[i] : 0 - prf[i], memory_order_relaxed);
}

/* A tile above the leaves that is left behind has been seen whole, or is not as it should be. */
static void take_full(struct tree_pass *pass)
{
    for (size_t i = 0; i < pass->peaks.full_count && i < ABOVE_LEVELS; i++) {
        struct above *above = &pass->above[i];

        if (above->count % AP_TILE_WIDTH == 0 && above->same != above->count && pass->pin->tree == TREE_SAME)
            pass->pin->tree = TREE_ABOVE;
        memcpy(above->hashes + above->count++ % AP_TILE_WIDTH * AP_HASH_LEN, pass->peaks.full[i].bytes, AP_HASH_LEN);
    }
}

/* Take leaves of the tile at hand into the tree, until it has so many. */
static enum ap_status feed(struct tree_pass *pass, uint64_t size, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    while (status == AP_OK && pass->peaks.size < size && pass->peaks.size < pass->first + pass->width) {
        struct ap_hash leaf;

        memcpy(leaf.bytes, pass->leaves + (pass->peaks.size - pass->first) * AP_HASH_LEN, AP_HASH_LEN);
        pin_sum(&pass->run->key, pass->pin, pass->peaks.size + 1, leaf.bytes, false);
        status = peaks_add(&pass->peaks, pass->run->seals.digest, &leaf, err);
        take_full(pass);
    }
    return status;
}

/* A tile above the leaves, when the last leaf under it is there. Past what is covered, it may have more. */
static enum ap_status take_above(struct tree_pass *pass, uint64_t leaf, size_t level, uint64_t number,
                                 const struct ap_field *bytes, struct ap_error *err)
{
    uint64_t covered = pass->pin->covered.size, first = number * AP_TILE_WIDTH;
    struct above *above = &pass->above[level - 1];
    enum ap_status status = feed(pass, leaf < covered ? leaf + 1 : covered, err);
    uint64_t width = bytes->data != NULL ? bytes->len / AP_HASH_LEN : 0;

    if (status != AP_OK || above->same != first || above->count <= first || above->count - first > AP_TILE_WIDTH)
        return status;
    if (width > above->count - first)
        width = above->count - first;
    if (memcmp(above->hashes, bytes->data, width * AP_HASH_LEN) == 0)
        above->same += width;
    return AP_OK;
}

/* No more of this tree comes. */
static enum ap_status end_tree(struct tree_pass *pass, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (!pass->begun || pass->pin == NULL || pass->pin->covered.size == 0)
        return AP_OK;
    status = feed(pass, pass->pin->covered.size, err);
    if (pass->pin->tree != TREE_SAME)
        return status;
    if (pass->broken || pass->peaks.size < pass->pin->covered.size) {
        pass->pin->tree = TREE_ABSENT;
        pass->pin->tree_size = pass->pin->covered.size;
    }
    for (size_t i = 0; i < ABOVE_LEVELS && pass->pin->tree == TREE_SAME; i++)
        if (pass->above[i].same != pass->above[i].count)
            pass->pin->tree = TREE_ABOVE;
    return status;
}

/* The pin of a tree, which may be the log's. */
static struct pin *pin_of(struct seals *seals, const struct ap_uuid *tree)
{
    struct ap_uuid log;

    memset(log.bytes, 0xff, sizeof log.bytes);
    return ap_uuid_equal(tree, &log) ? &seals->log_tree : pin_find(seals, tree);
}

static enum ap_status begin_tree(struct tree_pass *pass, const struct ap_uuid *chain, struct ap_error *err)
{
    enum ap_status status = end_tree(pass, err);

    pass->begun = true;
    pass->broken = false;
    pass->chain = *chain;
    pass->pin = pin_of(&pass->run->seals, chain);
    memset(&pass->peaks, 0, sizeof pass->peaks);
    memset(pass->above, 0, sizeof pass->above);
    pass->first = 0;
    pass->width = 0;
    if (pass->pin != NULL && pass->pin->covered.size != 0)
        pass->pin->tree = TREE_SAME;
    return status;
}

static enum ap_status take_tile(struct tree_pass *pass, uint64_t first, const struct ap_field *bytes,
                                struct ap_error *err)
{
    enum ap_status status = feed(pass, pass->pin->covered.size, err);

    if (status != AP_OK || first >= pass->pin->covered.size)
        return status;
    pass->width = 0;
    pass->first = first;
    if (first != pass->peaks.size || bytes->data == NULL || bytes->len > sizeof pass->leaves ||
        bytes->len % AP_HASH_LEN != 0) {
        pass->broken = true;
        return AP_OK;
    }
    memcpy(pass->leaves, bytes->data, bytes->len);
    pass->width = bytes->len / AP_HASH_LEN;
    return AP_OK;
}

static enum ap_status take_root(struct tree_pass *pass, uint64_t size, const struct ap_field *bytes,
                                struct ap_error *err)
{
    enum ap_status status = feed(pass, size, err);
    struct ap_hash root;

    if (status != AP_OK || pass->pin->tree != TREE_SAME)
        return status;
    if (pass->broken || pass->peaks.size != size) {
        pass->pin->tree = TREE_ABSENT;
        pass->pin->tree_size = size;
        return AP_OK;
    }
    status = peaks_root(&pass->peaks, pass->run->seals.digest, &root, err);
    if (status == AP_OK &&
        (bytes->data == NULL || bytes->len != AP_HASH_LEN || memcmp(bytes->data, root.bytes, AP_HASH_LEN) != 0)) {
        pass->pin->tree = TREE_OTHER;
        pass->pin->tree_size = size;
    }
    return status;
}

static enum ap_status take(struct tree_pass *pass, const struct ap_field *fields, struct ap_error *err)
{
    struct ap_uuid chain;
    uint64_t leaf, number;
    int64_t index;

    if (fields[T_CHAIN].data == NULL || fields[T_LEAF].data == NULL || fields[T_INDEX].data == NULL)
        return AP_OK;
    if (fields[T_CHAIN].len != AP_UUID_LEN || fields[T_LEAF].len != 8 || fields[T_INDEX].len != 8 ||
        fields[T_NUMBER].data == NULL || fields[T_NUMBER].len != 8)
        return ap_fail(err, AP_EIO, "the server sent a tile that this version cannot read");
    memcpy(chain.bytes, fields[T_CHAIN].data, AP_UUID_LEN);
    leaf = ap_get_u64(fields[T_LEAF].data);
    index = (int64_t)ap_get_u64(fields[T_INDEX].data);
    number = ap_get_u64(fields[T_NUMBER].data);
    if (!pass->begun || !ap_uuid_equal(&pass->chain, &chain)) {
        enum ap_status status = begin_tree(pass, &chain, err);

        if (status != AP_OK)
            return status;
    }
    if (pass->pin == NULL || pass->pin->covered.size == 0)
        return AP_OK;
    if (index == -1)
        return take_tile(pass, leaf, &fields[T_BYTES], err);
    if (index < 0)
        return -1 - index <= ABOVE_LEVELS ? take_above(pass, leaf, (size_t)(-1 - index), number, &fields[T_BYTES], err)
                                          : AP_OK;
    return leaf < pass->pin->covered.size && (uint64_t)index < pass->run->seals.cover->size
               ? take_root(pass, leaf + 1, &fields[T_BYTES], err)
               : AP_OK;
}

enum ap_status run_check_trees(struct run *run, struct ap_error *err)
{
    const struct ap_verify_options *options = run->options;
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct tree_pass *pass;
    struct ap_rows *rows = NULL;
    struct ap_copy *copy = NULL;
    char chain[AP_UUID_TEXT_SIZE];
    const char *values[1] = {NULL};
    bool more = true;
    enum ap_status status;

    /* Of a range, not all leaves are read. */
    if (run->seals.cover == NULL || options->from_seq != 0 || options->to_seq != 0)
        return AP_OK;
    pass = calloc(1, sizeof *pass);
    if (pass == NULL)
        return ap_fail_memory(err, "a tree");
    pass->run = run;
    if (options->has_chain) {
        ap_uuid_format(chain, &options->chain);
        values[0] = chain;
    }
    status = ap_db_query(run->db, ap_sql("queries/verify_trees"), 1, values, &rows, err);
    if (status == AP_OK)
        status = ap_copy_open(&copy, run->db, ap_rows_str(rows, 0, 0), TREE_COLUMNS, err);
    while (status == AP_OK) {
        status = ap_copy_next(copy, fields, &more, options->stop, err);
        if (status != AP_OK || !more)
            break;
        status = take(pass, fields, err);
    }
    if (status == AP_OK)
        status = end_tree(pass, err);
    ap_copy_close(copy);
    ap_rows_free(rows);
    free(pass);
    return status;
}
