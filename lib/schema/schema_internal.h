/* What the parts of the schema module share. Nothing outside lib/schema includes this. */
#ifndef AUDITPROOF_SCHEMA_INTERNAL_H
#define AUDITPROOF_SCHEMA_INTERNAL_H

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/digest.h"
#include "auditproof/schema.h"

/* One property of one object; sql/queries/inventory.sql says what the members hold. All borrowed from the inventory. */
struct schema_item {
    const char *object, *property, *value, *parent, *rule;
};

struct schema_inventory {
    struct schema_item *items; /* sorted by object and property, in byte order */
    size_t count;
    struct ap_rows *rows; /* what the items of a database point into */
    char *text;           /* what those of the manifest point into */
    char *digests;        /* and the bodies' digests that were added to it */
};

/* What the database has, and what this version installs. An inventory that is all zeros may be freed. */
AP_MUST_CHECK enum ap_status schema_inventory_read(struct ap_db *db, struct schema_inventory *out,
                                                   struct ap_error *err);
AP_MUST_CHECK enum ap_status schema_inventory_expected(struct schema_inventory *out, struct ap_error *err);
/* The same of a manifest: lines of object, property, value, parent and rule, between tabs. */
AP_MUST_CHECK enum ap_status schema_inventory_parse(struct schema_inventory *out, const char *manifest,
                                                    struct ap_error *err);
void schema_inventory_free(struct schema_inventory *inventory);

/* The index after the last property of the object that starts at `from`. */
size_t schema_inventory_end(const struct schema_inventory *inventory, size_t from);
/* Is the object there, and as what: the value of its property "is", or NULL. */
const char *schema_inventory_is(const struct schema_inventory *inventory, const char *object);

/*
 * Walk two inventories side by side: `fn` is called for each object that only one has (its property "is"), and for each
 * property that differs (an absent one has no item).
 */
typedef enum ap_status schema_difference_fn(void *context, const struct schema_item *old, const struct schema_item *new,
                                            struct ap_error *err);
AP_MUST_CHECK enum ap_status schema_compare(const struct schema_inventory *old, const struct schema_inventory *new,
                                            schema_difference_fn *fn, void *context, struct ap_error *err);

/*
 * Each body that the embedded SQL gives a function NAME ("auditproof.f"), in the order of an installation: later
 * definitions replace earlier ones.
 */
typedef void schema_body_fn(void *context, struct ap_span name, struct ap_span body);
void schema_each_body(schema_body_fn *fn, void *context);

/* Lower-case SHA-256. */
AP_MUST_CHECK enum ap_status schema_span_digest(struct ap_span span, char out[AP_HASH_TEXT_SIZE], struct ap_error *err);

/* A numbered migration's SHA-256, and that of all platform and object files together. */
AP_MUST_CHECK enum ap_status schema_text_digest(const char *text, char out[AP_HASH_TEXT_SIZE], struct ap_error *err);
AP_MUST_CHECK enum ap_status schema_objects_digest(char out[AP_HASH_TEXT_SIZE], struct ap_error *err);

/* The index'th migration: its number, its file's base name and its text; false past the last. */
bool schema_migration_at(size_t index, unsigned *number, const char **name, const char **text);

/* The statements of an installation, in order. `name` says which file each is, and is "" for what frames them. */
struct schema_step {
    char *name;
    char *sql;
};

struct schema_steps {
    struct schema_step *items;
    size_t count, capacity;
};

/* begin, lock, precheck; then each file; then record and commit: the parts that an installer runs one by one. */
AP_MUST_CHECK enum ap_status schema_begin_sql(struct ap_buf *out, unsigned lock_timeout_ms, struct ap_error *err);
AP_MUST_CHECK enum ap_status schema_steps_build(struct schema_steps *steps, bool partitioned, struct ap_error *err);
AP_MUST_CHECK enum ap_status schema_steps_run(struct ap_db *db, const struct schema_steps *steps, struct ap_error *err);
void schema_steps_free(struct schema_steps *steps);

/* Did a transaction fail only because somebody else was in the way? Then it is rolled back, and run again after a
 * pause. */
bool schema_worth_repeating(const struct ap_error *err);
void schema_pause(unsigned tries);

/* Make the indexes that a large table still lacks. *made: there were any. */
AP_MUST_CHECK enum ap_status schema_indexes_make(struct ap_db *db, const struct ap_schema_install_options *options,
                                                 bool *made, struct ap_error *err);

/*
 * Hand the differences between `expected` and `found` to fn as findings. superuser: was this installed by one?
 */
AP_MUST_CHECK enum ap_status schema_report(const struct schema_inventory *expected,
                                           const struct schema_inventory *found, bool superuser,
                                           const struct ap_schema_check_options *options, ap_finding_fn *fn,
                                           void *context, struct ap_error *err);

/* Findings on what is recorded in auditproof.migration; *superuser as above. AP_ESTATE when it is not there. */
AP_MUST_CHECK enum ap_status schema_report_record(struct ap_db *db, bool *superuser, ap_finding_fn *fn, void *context,
                                                  struct ap_error *err);

#endif
