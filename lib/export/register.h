/* The register of bundles given out (audit-schema(5), BUNDLES). */
#ifndef AP_EXPORT_REGISTER_H
#define AP_EXPORT_REGISTER_H

#include "auditproof/export.h"

/* What is known of a bundle in the snapshot that it was read in. Zeroed: nothing. */
struct registration {
    char read_at[24];   /* microseconds since 1970, by the database's clock */
    struct ap_buf seqs; /* owned: an int8multirange */
    struct ap_uuid chain;
    uint64_t entries;
    int64_t from_us, to_us;
};

/* While the snapshot is open. */
AP_MUST_CHECK enum ap_status registration_take(struct registration *out, struct ap_db *db,
                                               const struct ap_evidence_scope *scope, struct ap_error *err);

/* Once the bundle is in its place. What keeps it from being registered is not a failure of the export. */
void registration_make(const struct registration *is, struct ap_db *db, const struct ap_export_options *options,
                       struct ap_export_report *report);
void registration_free(struct registration *is);

#endif
