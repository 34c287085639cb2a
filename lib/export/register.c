#include "register.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_SIZE = 24 };

enum ap_status registration_take(struct registration *out, struct ap_db *db, const struct ap_evidence_scope *scope,
                                 struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/bundle_read_at"), 0, NULL, &rows, err);

    if (status != AP_OK)
        return status;
    (void)snprintf(out->read_at, sizeof out->read_at, "%s", ap_rows_str(rows, 0, 0));
    ap_rows_free(rows);
    out->chain = scope->chain;
    out->entries = scope->entries;
    out->from_us = scope->from_us;
    out->to_us = scope->to_us;
    ap_buf_addc(&out->seqs, '{');
    for (size_t i = 0; i < scope->segment_count; i++)
        ap_buf_addf(&out->seqs, "%s[%" PRIu64 ",%" PRIu64 "]", i > 0 ? "," : "", scope->segments[i].first_seq,
                    scope->segments[i].last_seq);
    ap_buf_addc(&out->seqs, '}');
    return ap_buf_check(&out->seqs, "the numbers of a bundle's entries", err);
}

void registration_free(struct registration *is)
{
    ap_buf_free(&is->seqs);
}

static enum ap_status may_register(struct ap_db *db, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/bundle_ready"), 0, NULL, &rows, err);

    if (status == AP_OK && ap_rows_text(rows, 0, 0) != NULL)
        status = ap_fail(err, AP_ESTATE, "%s", ap_rows_str(rows, 0, 0));
    ap_rows_free(rows);
    return status;
}

/* The groups that anything came into the bundle of, as an array. */
static void put_groups(char out[64], const struct ap_export_options *options)
{
    size_t used = 1;

    (void)snprintf(out, 64, "{");
    for (size_t g = 0; g < AP_GROUPS && !options->nobodys; g++)
        if (!options->evidence.withhold[g])
            used +=
                (size_t)snprintf(out + used, 64 - used, "%s%s", used > 1 ? "," : "", ap_group_name((enum ap_group)g));
    (void)snprintf(out + used, 64 - used, "}");
}

static enum ap_status add(const struct registration *is, struct ap_db *db, const struct ap_export_options *options,
                          struct ap_export_report *report, struct ap_error *err)
{
    const struct ap_bundle_summary *bundle = &report->bundle;
    char chain[AP_UUID_TEXT_SIZE], sha256[AP_HASH_TEXT_SIZE] = "", tagmanifest[AP_HASH_TEXT_SIZE] = "",
                                   encrypted_to[AP_HASH_TEXT_SIZE] = "", bytes[NUMBER_SIZE], from[NUMBER_SIZE],
                                   to[NUMBER_SIZE], entries[NUMBER_SIZE], groups[64];
    const char *values[] = {chain,
                            options->kind,
                            sha256,
                            tagmanifest,
                            bytes,
                            from,
                            to,
                            is->read_at,
                            ap_buf_str(&is->seqs),
                            entries,
                            groups,
                            bundle->encrypted ? encrypted_to : NULL,
                            options->recipient};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    ap_uuid_format(chain, &is->chain);
    ap_hex_encode(sha256, bundle->sha256, AP_HASH_LEN);
    ap_hex_encode(tagmanifest, bundle->tagmanifest_sha256, AP_HASH_LEN);
    ap_hex_encode(encrypted_to, bundle->encrypted_to, AP_HASH_LEN);
    (void)snprintf(bytes, sizeof bytes, "%" PRIu64, bundle->bytes);
    (void)snprintf(from, sizeof from, "%" PRId64, is->from_us);
    (void)snprintf(to, sizeof to, "%" PRId64, is->to_us);
    (void)snprintf(entries, sizeof entries, "%" PRIu64, is->entries);
    put_groups(groups, options);
    status = ap_db_query(db, ap_sql("queries/bundle_register"), 13, values, &rows, err);
    if (status == AP_OK)
        (void)snprintf(report->registered, sizeof report->registered, "%s", ap_rows_str(rows, 0, 0));
    ap_rows_free(rows);
    return status;
}

void registration_make(const struct registration *is, struct ap_db *db, const struct ap_export_options *options,
                       struct ap_export_report *report)
{
    enum ap_status status = may_register(db, &report->unregistered);

    if (status == AP_OK)
        status = add(is, db, options, report, &report->unregistered);
    (void)status; /* report->registered is empty, and unregistered says why */
}
