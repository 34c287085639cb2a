#include <stdlib.h>
#include <string.h>

#include "run.h"

/*
 * The roots in the seals. What a proof shows is that an entry is under such a root, so a root that is not the chain's
 * would prove what is not there. The leaves are stored in order, and entries come in none: the roots are recomputed
 * from the stored leaves, and the leaves held against the entries by a keyed sum for each chain, to which either side
 * adds.
 */

enum { T_CHAIN, T_LEAF, T_INDEX, T_BYTES };
enum { TREE_COLUMNS = 4 };

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

/* Take leaves of the tile at hand into the tree, until it has so many. */
static enum ap_status feed(struct tree_pass *pass, uint64_t size, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    while (status == AP_OK && pass->peaks.size < size && pass->peaks.size < pass->first + pass->width) {
        struct ap_hash leaf;

        memcpy(leaf.bytes, pass->leaves + (pass->peaks.size - pass->first) * AP_HASH_LEN, AP_HASH_LEN);
        pin_sum(&pass->run->key, pass->pin, pass->peaks.size + 1, leaf.bytes, false);
        status = peaks_add(&pass->peaks, pass->run->seals.digest, &leaf, err);
    }
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
    uint64_t leaf, index;

    if (fields[T_CHAIN].data == NULL || fields[T_LEAF].data == NULL || fields[T_INDEX].data == NULL)
        return AP_OK;
    if (fields[T_CHAIN].len != AP_UUID_LEN || fields[T_LEAF].len != 8 || fields[T_INDEX].len != 8)
        return ap_fail(err, AP_EIO, "the server sent a tile that this version cannot read");
    memcpy(chain.bytes, fields[T_CHAIN].data, AP_UUID_LEN);
    leaf = ap_get_u64(fields[T_LEAF].data);
    index = ap_get_u64(fields[T_INDEX].data);
    if (!pass->begun || !ap_uuid_equal(&pass->chain, &chain)) {
        pass->begun = true;
        pass->broken = false;
        pass->chain = chain;
        pass->pin = pin_find(&pass->run->seals, &chain);
        memset(&pass->peaks, 0, sizeof pass->peaks);
        pass->first = 0;
        pass->width = 0;
        if (pass->pin != NULL && pass->pin->covered.size != 0)
            pass->pin->tree = TREE_SAME;
    }
    if (pass->pin == NULL || pass->pin->covered.size == 0)
        return AP_OK;
    if (index == UINT64_MAX)
        return take_tile(pass, leaf, &fields[T_BYTES], err);
    return leaf < pass->pin->covered.size && index < pass->run->seals.cover->size
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
    ap_copy_close(copy);
    ap_rows_free(rows);
    free(pass);
    return status;
}

static enum ap_status tell(struct run *run, const struct pin *pin, uint64_t size, const char *found, const char *detail,
                           struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_SEAL;
    finding.has_chain = finding.has_seq = true;
    finding.chain = pin->id;
    finding.seq = size;
    ap_finding_text(finding.object, "tree");
    ap_finding_text(finding.expected, "the sealed root of the tree over these entries, and its leaves");
    ap_finding_text(finding.found, "%s", found);
    ap_finding_text(finding.detail, "%s", detail);
    return findings_add(&run->findings, &finding, err);
}

enum ap_status pin_check_tree(struct run *run, const struct pin *pin, struct ap_error *err)
{
    bool leaves_agree = atomic_load(&pin->sum[0]) == 0 && atomic_load(&pin->sum[1]) == 0;

    if (pin->tree == TREE_ABSENT)
        return tell(run, pin, pin->tree_size, "leaves that are not there",
                    "tiles were removed: nothing can be proven of these entries, and nothing sealed after them, until "
                    "they are put back from a backup",
                    err);
    if (pin->tree == TREE_OTHER && !leaves_agree)
        return tell(run, pin, pin->tree_size, "other leaves than the chain's",
                    "tiles were changed: no proof made of them holds; put them back from a backup", err);
    if (pin->tree == TREE_OTHER)
        return tell(
            run, pin, pin->tree_size, "another root in the seal",
            "the seal pins a tree that is not the chain's, by which entries could be proven that are not there: "
            "it was made by somebody with the key, or by a program that was changed",
            err);
    if (pin->tree == TREE_SAME && !leaves_agree)
        return tell(
            run, pin, pin->covered.size, "the sealed root, over other leaves than the chain's",
            "the seal pins a tree that is not the chain's, by which entries could be proven that are not there: "
            "it was made by somebody with the key, or by a program that was changed",
            err);
    return AP_OK;
}
