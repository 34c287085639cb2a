/*
 * Merkle trees of RFC 6962 §2.1 (= RFC 9162 §2.1): SHA-256, leaf = H(0x00 ‖ data), node = H(0x01 ‖ left ‖ right), a
 * lone right node is promoted, never doubled. Stored as tiles of 256 hashes (C2SP tlog-tiles v0.1.0), so that growing a
 * tree costs what is new, and a proof reads one tile a level.
 */
#ifndef AUDITPROOF_MERKLE_H
#define AUDITPROOF_MERKLE_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/digest.h"
#include "auditproof/error.h"

struct ap_hash {
    uint8_t bytes[AP_HASH_LEN];
};

enum {
    AP_TILE_WIDTH = 256, /* hashes in a full tile */
    AP_TILE_LEVELS = 8,  /* levels of tiles that a tree of 2^63 leaves needs */
    AP_PROOF_MAX = 65,   /* hashes in the longest proof: 63 for inclusion, ceil(log2 n) + 1 for consistency */
};

/* A tree may have this many leaves. */
#define AP_TREE_MAX (UINT64_C(1) << 62)

bool ap_hash_equal(const struct ap_hash *a, const struct ap_hash *b);

/* The root of a tree with no leaves: SHA-256 of nothing. */
AP_MUST_CHECK enum ap_status ap_merkle_empty(struct ap_digest *digest, struct ap_hash *out, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_merkle_leaf(struct ap_digest *digest, const void *data, size_t len, struct ap_hash *out,
                                            struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_merkle_node(struct ap_digest *digest, const struct ap_hash *left,
                                            const struct ap_hash *right, struct ap_hash *out, struct ap_error *err);

/*
 * Does the proof show that `leaf` is number `index` (from 0) of the tree with this size and root? RFC 9162 §2.1.3.2.
 * AP_OK with *holds false when it does not, whatever is wrong with it.
 */
AP_MUST_CHECK enum ap_status ap_merkle_check_inclusion(struct ap_digest *digest, const struct ap_hash *leaf,
                                                       uint64_t index, uint64_t size, const struct ap_hash *proof,
                                                       size_t count, const struct ap_hash *root, bool *holds,
                                                       struct ap_error *err);

/* The root that such a proof leads to, for comparing it later. *leads: the proof fits the index and the size. */
AP_MUST_CHECK enum ap_status ap_merkle_inclusion_root(struct ap_digest *digest, const struct ap_hash *leaf,
                                                      uint64_t index, uint64_t size, const struct ap_hash *proof,
                                                      size_t count, struct ap_hash *root, bool *leads,
                                                      struct ap_error *err);

/*
 * Does the proof show that the tree (size1, root1) is a prefix of (size2, root2)? RFC 9162 §2.1.4.2. Equal sizes ask
 * for equal roots and no proof; size1 0 asks for no proof and the empty root.
 */
AP_MUST_CHECK enum ap_status ap_merkle_check_consistency(struct ap_digest *digest, uint64_t size1, uint64_t size2,
                                                         const struct ap_hash *root1, const struct ap_hash *root2,
                                                         const struct ap_hash *proof, size_t count, bool *holds,
                                                         struct ap_error *err);

/* One tile: `width` hashes, 1 to 256, of level `level` from index * 256 on. */
struct ap_tile {
    unsigned level;
    uint64_t index;
    unsigned width;
    struct ap_hash hashes[AP_TILE_WIDTH];
};

/* How many hashes of tile (level, index) a tree of this size has: 256, fewer at its right edge, or 0. */
unsigned ap_tile_width(uint64_t size, unsigned level, uint64_t index);

/* Reads tile->level, tile->index with at least `need` hashes, filling width and hashes. AP_ESTATE when it is not there.
 */
typedef enum ap_status ap_tile_read_fn(void *context, struct ap_tile *tile, unsigned need, struct ap_error *err);

/* Keeps a tile that is new, or wider than it was. */
typedef enum ap_status ap_tile_write_fn(void *context, const struct ap_tile *tile, struct ap_error *err);

/* A tree as far as growing it needs: the tiles of its right edge. About 66 kB. */
struct ap_tree {
    uint64_t size;
    struct ap_tile edge[AP_TILE_LEVELS]; /* width 0 where the edge is even */
    bool touched[AP_TILE_LEVELS];
};

/* A tree of this size, whose edge is read. size 0 reads nothing. */
AP_MUST_CHECK enum ap_status ap_tree_open(struct ap_tree *tree, uint64_t size, ap_tile_read_fn *read, void *context,
                                          struct ap_error *err);

/* One more leaf, by its hash. Tiles that become full are written on the way. AP_ELIMIT past AP_TREE_MAX. */
AP_MUST_CHECK enum ap_status ap_tree_append(struct ap_tree *tree, struct ap_digest *digest, const struct ap_hash *leaf,
                                            ap_tile_write_fn *write, void *context, struct ap_error *err);

/* Write the tiles of the edge that have changed since the tree was opened or flushed. */
AP_MUST_CHECK enum ap_status ap_tree_flush(struct ap_tree *tree, ap_tile_write_fn *write, void *context,
                                           struct ap_error *err);

AP_MUST_CHECK enum ap_status ap_tree_root(const struct ap_tree *tree, struct ap_digest *digest, struct ap_hash *out,
                                          struct ap_error *err);

/*
 * Proofs and roots out of stored tiles, for the tree as it was at `size`, which may have grown since. Tiles are read
 * through `read`, each once where it is used twice running. proof has room for AP_PROOF_MAX. AP_EINPUT for an index or
 * size that the tree does not have.
 */
struct ap_tile_source {
    ap_tile_read_fn *read;
    void *context;
    struct ap_tile last[AP_TILE_LEVELS]; /* start from zero: width 0 means not read */
    uint64_t reads;                      /* tiles read so far */
};

AP_MUST_CHECK enum ap_status ap_tiles_root(struct ap_tile_source *source, struct ap_digest *digest, uint64_t size,
                                           struct ap_hash *out, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_tiles_leaf(struct ap_tile_source *source, uint64_t size, uint64_t index,
                                           struct ap_hash *out, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_tiles_prove_inclusion(struct ap_tile_source *source, struct ap_digest *digest,
                                                      uint64_t index, uint64_t size, struct ap_hash *proof,
                                                      size_t *count, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_tiles_prove_consistency(struct ap_tile_source *source, struct ap_digest *digest,
                                                        uint64_t size1, uint64_t size2, struct ap_hash *proof,
                                                        size_t *count, struct ap_error *err);

/* "tile/0/x001/x234/067", ".p/W" after it when width is not 256 (C2SP tlog-tiles, PARAMETERS). */
#define AP_TILE_PATH_SIZE 64
void ap_tile_path(char out[AP_TILE_PATH_SIZE], unsigned level, uint64_t index, unsigned width);

#endif
