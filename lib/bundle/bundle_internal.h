#ifndef AP_BUNDLE_INTERNAL_H
#define AP_BUNDLE_INTERNAL_H

#include "auditproof/bundle.h"
#include "auditproof/cms.h"
#include "auditproof/digest.h"
#include "names.h"
#include "pool.h"

struct ap_member {
    struct ap_bundle *bundle;
    struct extents extents;
    uint64_t size;
    uint64_t rows;            /* 1 more than it has; 0 when nobody told */
    struct ap_digest *digest; /* NULL once closed */
    struct block *block;      /* being filled; NULL before the first byte */
    uint8_t sha256[AP_HASH_LEN];
    char path[AP_BUNDLE_PATH_MAX + 1];
};

struct ap_bundle {
    char *path; /* NULL when it has none; else owned, as the next two */
    char *name;
    char *beside;                       /* the path whose directory takes temporary files */
    struct ap_cms_recipient *recipient; /* NULL: not encrypted */
    int64_t mtime_s;
    int level;
    ap_bundle_inspect_fn *inspect; /* may be NULL */
    void *inspect_context;
    bool force, finished, placed;
    struct pool pool;
    struct names names;
    struct ap_member **members; /* owned; in the order of their making, sorted by ap_bundle_finish */
    size_t count, cap, open;
    struct ap_temp_file archive;
};

/* As ap_bundle_member, for the files that callers may not make. */
AP_MUST_CHECK enum ap_status bundle_begin(struct ap_bundle *bundle, const char *path, struct ap_member **out,
                                          struct ap_error *err);
AP_MUST_CHECK enum ap_status bundle_put(struct ap_bundle *bundle, const char *path, const void *bytes, size_t len,
                                        struct ap_error *err);

/* Sort the members by their paths, bytewise. */
void bundle_sort(struct ap_bundle *bundle);

AP_MUST_CHECK enum ap_status member_new(struct ap_bundle *bundle, const char *path, struct ap_member **out,
                                        struct ap_error *err);
void member_free(struct ap_member *member);

/* Put the archive together, members in the order that they are in. Fills the archive's part of out. */
AP_MUST_CHECK enum ap_status bundle_assemble(struct ap_bundle *bundle, struct ap_bundle_summary *out,
                                             struct ap_error *err);

#endif
