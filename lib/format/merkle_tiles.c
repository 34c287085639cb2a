/* Trees kept as tiles: growing one, and proofs out of it (C2SP tlog-tiles v0.1.0; RFC 9162 §2.1.3.1, §2.1.4.1). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/merkle.h"

enum { TILE_BITS = 8 };

unsigned ap_tile_width(uint64_t size, unsigned level, uint64_t index)
{
    uint64_t hashes = level >= AP_TILE_LEVELS ? 0 : size >> (TILE_BITS * level);

    if (index > hashes / AP_TILE_WIDTH)
        return 0;
    hashes -= index * AP_TILE_WIDTH;
    return hashes < AP_TILE_WIDTH ? (unsigned)hashes : AP_TILE_WIDTH;
}

/* The root over `count` hashes, a power of two. */
static enum ap_status fold(struct ap_digest *digest, const struct ap_hash *hashes, unsigned count, struct ap_hash *out,
                           struct ap_error *err)
{
    struct ap_hash row[AP_TILE_WIDTH];
    enum ap_status status = AP_OK;
    unsigned i;

    memcpy(row, hashes, count * sizeof *row);
    for (; count > 1 && status == AP_OK; count /= 2)
        for (i = 0; i < count / 2 && status == AP_OK; i++)
            status = ap_merkle_node(digest, &row[2 * i], &row[2 * i + 1], &row[i], err);
    *out = row[0];
    return status;
}

enum ap_status ap_tree_open(struct ap_tree *tree, uint64_t size, ap_tile_read_fn *read, void *context,
                            struct ap_error *err)
{
    unsigned level;

    memset(tree, 0, sizeof *tree);
    if (size > AP_TREE_MAX)
        return ap_fail(err, AP_ELIMIT, "a tree of %" PRIu64 " leaves is more than can be", size);
    tree->size = size;
    for (level = 0; level < AP_TILE_LEVELS; level++) {
        struct ap_tile *edge = &tree->edge[level];
        uint64_t hashes = size >> (TILE_BITS * level);
        unsigned width = (unsigned)(hashes % AP_TILE_WIDTH);
        enum ap_status status;

        edge->level = level;
        edge->index = hashes / AP_TILE_WIDTH;
        if (width == 0)
            continue;
        status = read(context, edge, width, err);
        if (status != AP_OK)
            return status;
        /* It may have grown since: the tree is the one of `size`. */
        edge->width = width;
    }
    return AP_OK;
}

enum ap_status ap_tree_append(struct ap_tree *tree, struct ap_digest *digest, const struct ap_hash *leaf,
                              ap_tile_write_fn *write, void *context, struct ap_error *err)
{
    struct ap_hash hash = *leaf;
    unsigned level;

    if (tree->size >= AP_TREE_MAX)
        return ap_fail(err, AP_ELIMIT, "the tree is full: it has %" PRIu64 " leaves", tree->size);
    for (level = 0; level < AP_TILE_LEVELS; level++) {
        struct ap_tile *edge = &tree->edge[level];
        enum ap_status status;

        edge->hashes[edge->width++] = hash;
        tree->touched[level] = true;
        if (edge->width < AP_TILE_WIDTH)
            break;
        status = write(context, edge, err);
        if (status == AP_OK)
            status = fold(digest, edge->hashes, AP_TILE_WIDTH, &hash, err);
        if (status != AP_OK)
            return status;
        edge->index++;
        edge->width = 0;
        tree->touched[level] = false;
    }
    tree->size++;
    return AP_OK;
}

enum ap_status ap_tree_flush(struct ap_tree *tree, ap_tile_write_fn *write, void *context, struct ap_error *err)
{
    unsigned level;

    for (level = 0; level < AP_TILE_LEVELS; level++) {
        enum ap_status status;

        if (!tree->touched[level])
            continue;
        status = write(context, &tree->edge[level], err);
        if (status != AP_OK)
            return status;
        tree->touched[level] = false;
    }
    return AP_OK;
}

/* The root of a tile's first `width` hashes joined to what is right of them, from right to left. */
static enum ap_status join_left(struct ap_digest *digest, const struct ap_hash *hashes, unsigned width, bool *any,
                                struct ap_hash *root, struct ap_error *err)
{
    unsigned end = width, part;

    for (part = 1; part <= width; part <<= 1) {
        struct ap_hash left;
        enum ap_status status;

        if ((width & part) == 0)
            continue;
        end -= part;
        status = fold(digest, hashes + end, part, &left, err);
        if (status == AP_OK && *any)
            status = ap_merkle_node(digest, &left, root, root, err);
        else
            *root = left;
        if (status != AP_OK)
            return status;
        *any = true;
    }
    return AP_OK;
}

enum ap_status ap_tree_root(const struct ap_tree *tree, struct ap_digest *digest, struct ap_hash *out,
                            struct ap_error *err)
{
    enum ap_status status = AP_OK;
    bool any = false;
    unsigned level;

    for (level = 0; level < AP_TILE_LEVELS && status == AP_OK; level++)
        status = join_left(digest, tree->edge[level].hashes, tree->edge[level].width, &any, out, err);
    return status == AP_OK && !any ? ap_merkle_empty(digest, out, err) : status;
}

/* The tile, out of the source's memory when it was the last one read of its level. */
static enum ap_status get_tile(struct ap_tile_source *source, uint64_t size, unsigned level, uint64_t index,
                               const struct ap_tile **out, struct ap_error *err)
{
    struct ap_tile *tile = &source->last[level];
    unsigned need = ap_tile_width(size, level, index);
    enum ap_status status;

    *out = tile;
    if (tile->width >= need && tile->width > 0 && tile->index == index)
        return AP_OK;
    tile->level = level;
    tile->index = index;
    source->reads++;
    status = source->read(source->context, tile, need, err);
    if (status == AP_OK && tile->width < need)
        status = ap_fail(err, AP_ESTATE, "tile %u/%" PRIu64 " has %u hashes, not %u", level, index, tile->width, need);
    if (status != AP_OK)
        tile->width = 0;
    return status;
}

/* The root over leaves [from, from + 2^height), which are all there. */
static enum ap_status whole_node(struct ap_tile_source *source, struct ap_digest *digest, uint64_t size, uint64_t from,
                                 unsigned height, struct ap_hash *out, struct ap_error *err)
{
    unsigned level = height / TILE_BITS, within = height % TILE_BITS;
    uint64_t first = from >> (TILE_BITS * level);
    const struct ap_tile *tile;
    enum ap_status status = get_tile(source, size, level, first / AP_TILE_WIDTH, &tile, err);

    if (status != AP_OK)
        return status;
    return fold(digest, tile->hashes + first % AP_TILE_WIDTH, 1U << within, out, err);
}

/* The root over leaves [from, to) of a tree of `size`, from being where a subtree starts: MTH(D[from:to]). */
static enum ap_status subtree(struct ap_tile_source *source, struct ap_digest *digest, uint64_t size, uint64_t from,
                              uint64_t to, struct ap_hash *out, struct ap_error *err)
{
    bool any = false;

    /* From the right: the smallest whole tree first, each joined to the ones before it. */
    while (to > from) {
        unsigned height = (unsigned)__builtin_ctzll(to - from);
        struct ap_hash left;
        enum ap_status status;

        to -= UINT64_C(1) << height;
        status = whole_node(source, digest, size, to, height, &left, err);
        if (status == AP_OK && any)
            status = ap_merkle_node(digest, &left, out, out, err);
        else
            *out = left;
        if (status != AP_OK)
            return status;
        any = true;
    }
    return any ? AP_OK : ap_merkle_empty(digest, out, err);
}

enum ap_status ap_tiles_root(struct ap_tile_source *source, struct ap_digest *digest, uint64_t size,
                             struct ap_hash *out, struct ap_error *err)
{
    return subtree(source, digest, size, 0, size, out, err);
}

enum ap_status ap_tiles_leaf(struct ap_tile_source *source, uint64_t size, uint64_t index, struct ap_hash *out,
                             struct ap_error *err)
{
    const struct ap_tile *tile;
    enum ap_status status;

    if (index >= size)
        return ap_fail(err, AP_EINPUT, "there is no leaf %" PRIu64 " in a tree of %" PRIu64, index, size);
    status = get_tile(source, size, 0, index / AP_TILE_WIDTH, &tile, err);
    if (status == AP_OK)
        *out = tile->hashes[index % AP_TILE_WIDTH];
    return status;
}

/* The largest power of two below n, n > 1. */
static uint64_t split(uint64_t n)
{
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

static void reverse(struct ap_hash *proof, size_t count)
{
    size_t i;

    for (i = 0; i < count / 2; i++) {
        struct ap_hash swap = proof[i];

        proof[i] = proof[count - 1 - i];
        proof[count - 1 - i] = swap;
    }
}

enum ap_status ap_tiles_prove_inclusion(struct ap_tile_source *source, struct ap_digest *digest, uint64_t index,
                                        uint64_t size, struct ap_hash *proof, size_t *count, struct ap_error *err)
{
    uint64_t from = 0, to = size;
    enum ap_status status = AP_OK;

    *count = 0;
    if (index >= size || size > AP_TREE_MAX)
        return ap_fail(err, AP_EINPUT, "there is no leaf %" PRIu64 " in a tree of %" PRIu64, index, size);
    /* From the root down; a proof is listed from the leaf up. */
    while (to - from > 1 && status == AP_OK) {
        uint64_t middle = from + split(to - from);

        if (index < middle) {
            status = subtree(source, digest, size, middle, to, &proof[(*count)++], err);
            to = middle;
        } else {
            status = subtree(source, digest, size, from, middle, &proof[(*count)++], err);
            from = middle;
        }
    }
    reverse(proof, *count);
    return status;
}

enum ap_status ap_tiles_prove_consistency(struct ap_tile_source *source, struct ap_digest *digest, uint64_t size1,
                                          uint64_t size2, struct ap_hash *proof, size_t *count, struct ap_error *err)
{
    uint64_t from = 0, to = size2;
    enum ap_status status = AP_OK;

    *count = 0;
    if (size1 > size2 || size2 > AP_TREE_MAX)
        return ap_fail(err, AP_EINPUT, "a tree of %" PRIu64 " leaves does not come before one of %" PRIu64, size1,
                       size2);
    if (size1 == 0 || size1 == size2)
        return AP_OK;
    while (size1 != to && status == AP_OK) {
        uint64_t middle = from + split(to - from);

        if (size1 <= middle) {
            status = subtree(source, digest, size2, middle, to, &proof[(*count)++], err);
            to = middle;
        } else {
            status = subtree(source, digest, size2, from, middle, &proof[(*count)++], err);
            from = middle;
        }
    }
    /* The old tree itself, where it is not a subtree from the very left, which the verifier knows. */
    if (status == AP_OK && from != 0)
        status = subtree(source, digest, size2, from, to, &proof[(*count)++], err);
    reverse(proof, *count);
    return status;
}

void ap_tile_path(char out[AP_TILE_PATH_SIZE], unsigned level, uint64_t index, unsigned width)
{
    char groups[32] = "", more[32], partial[8] = "";
    bool last = true;

    do {
        (void)snprintf(more, sizeof more, "%s%s%03u%s", "/", last ? "" : "x", (unsigned)(index % 1000), groups);
        memcpy(groups, more, sizeof groups);
        last = false;
        index /= 1000;
    } while (index > 0);
    if (width < AP_TILE_WIDTH)
        (void)snprintf(partial, sizeof partial, ".p/%u", width);
    (void)snprintf(out, AP_TILE_PATH_SIZE, "tile/%u%s%s", level, groups, partial);
}
