#include "auditproof/soc2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/file.h"
#include "auditproof/json.h"
#include "rules/rule_files.h"
#include "soc2_internal.h"

static const char ours[] = "soc2.yaml";

static enum ap_status take_mapping(struct ap_soc2 *soc2, const char *name, const char *path, struct ap_error *err)
{
    struct mapping_file *file = &soc2->mappings[soc2->mapping_count++];
    struct ap_span span = {file->text.data, file->text.len};
    enum ap_status status = ap_buf_check(&file->text, "a mapping", err);

    file->name = name;
    file->path = ap_arena_copy(&soc2->list.arena, path, strlen(path));
    if (status == AP_OK)
        status = ap_arena_check(&soc2->list.arena, "a mapping", err);
    if (status == AP_OK)
        status = ap_digest_spans(soc2->digest, file->sha256, &span, 1, err);
    return status == AP_OK ? soc2_mapping_read(soc2, file, err) : status;
}

static enum ap_status load_mappings(struct ap_soc2 *soc2, const struct ap_soc2_options *options, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    char path[64];

    if (options->mapping_count > AP_SOC2_MAPPINGS_MAX)
        return ap_fail(err, AP_EINPUT, "more than %d mappings", AP_SOC2_MAPPINGS_MAX);
    for (size_t i = 0; i < rule_file_count; i++)
        if (strcmp(rule_files[i].name, ours) == 0)
            ap_buf_adds(&soc2->mappings[0].text, rule_files[i].text);
    status = take_mapping(soc2, ours, "data/policy/soc2.yaml", err);
    for (size_t i = 0; status == AP_OK && i < options->mapping_count; i++) {
        status = ap_file_read(options->mappings[i], AP_RULE_FILE_MAX, &soc2->mappings[i + 1].text, err);
        (void)snprintf(path, sizeof path, "data/policy/mapping-%02zu.yaml", i + 1);
        if (status == AP_OK)
            status = take_mapping(soc2, options->mappings[i], path, err);
    }
    return status;
}

/* What data/bundle.json has of this kind: which criteria, and by which mappings and rules. */
static enum ap_status make_more(struct ap_soc2 *soc2, struct ap_error *err)
{
    struct ap_buf *more = &soc2->more;

    for (size_t c = 0; c < soc2->criterion_count; c++) {
        ap_buf_adds(more, c == 0 ? ",\"criteria\":[" : ",");
        ap_json_string(more, soc2->totals[c].criterion);
    }
    for (size_t i = 0; i < soc2->mapping_count; i++) {
        ap_buf_adds(more, i == 0 ? "],\"mappings\":[{\"file\":" : ",{\"file\":");
        ap_json_string(more, soc2->mappings[i].path);
        ap_buf_adds(more, ",\"sha256\":\"");
        ap_buf_add_hex(more, soc2->mappings[i].sha256, AP_HASH_LEN);
        ap_buf_adds(more, "\"}");
    }
    ap_buf_adds(more, "],\"rules\":{\"file\":\"data/policy/rules.txt\",\"sha256\":\"");
    ap_buf_add_hex(more, ap_rules_digest(soc2->exceptions.rules), AP_HASH_LEN);
    ap_buf_adds(more, "\"}");
    return ap_buf_check(more, "data/bundle.json", err);
}

enum ap_status ap_soc2_load(struct ap_soc2 **out, const struct ap_soc2_options *options, struct ap_error *err)
{
    struct ap_soc2 *soc2 = calloc(1, sizeof *soc2);
    enum ap_status status;

    *out = soc2;
    if (soc2 == NULL)
        return ap_fail_memory(err, "a mapping");
    ap_arena_init(&soc2->list.arena, 0);
    soc2->oscal = options->oscal;
    status = ap_digest_new(&soc2->digest, err);
    if (status == AP_OK)
        status = kinds_init(&soc2->kinds, err);
    if (status == AP_OK)
        status = load_mappings(soc2, options, err);
    if (status == AP_OK)
        status = exceptions_load(soc2, options, err);
    return status == AP_OK ? make_more(soc2, err) : status;
}

void ap_soc2_free(struct ap_soc2 *soc2)
{
    if (soc2 == NULL)
        return;
    exceptions_free(&soc2->exceptions);
    kinds_free(&soc2->kinds);
    for (size_t i = 0; i < AP_SOC2_MAPPINGS_MAX + 1; i++)
        ap_buf_free(&soc2->mappings[i].text);
    ap_buf_free(&soc2->more);
    ap_buf_free(&soc2->row);
    ap_buf_free(&soc2->line);
    ap_buf_free(&soc2->folded);
    ap_digest_free(soc2->digest);
    ap_arena_free(&soc2->list.arena);
    free(soc2);
}

const char *ap_soc2_more(const struct ap_soc2 *soc2)
{
    return ap_buf_str(&soc2->more);
}

const struct ap_soc2_total *ap_soc2_totals(const struct ap_soc2 *soc2, size_t *count)
{
    *count = soc2->criterion_count;
    return soc2->totals;
}

uint64_t ap_soc2_exceptions(const struct ap_soc2 *soc2)
{
    return soc2->exceptions.count;
}

static enum ap_status begin(void *context, const struct ap_evidence_scope *scope, struct ap_bundle *bundle,
                            struct ap_error *err)
{
    struct ap_soc2 *soc2 = context;
    enum ap_status status = populations_begin(soc2, bundle, err);

    (void)scope;
    return status == AP_OK ? spool_open(&soc2->exceptions.spool, bundle, err) : status;
}

/* What only links entries of the period together is no part of any population. */
static enum ap_status add(void *context, const struct ap_evidence_entry *is, struct ap_error *err)
{
    struct ap_soc2 *soc2 = context;
    struct mask in;
    enum ap_status status;

    if (!is->asked_for || is->purged)
        return AP_OK;
    status = kinds_take(soc2, is, &in, err);
    if (status == AP_OK)
        status = populations_add(soc2, is, &in, err);
    return status == AP_OK ? exceptions_add(soc2, is, err) : status;
}

static enum ap_status finish(void *context, const struct ap_evidence_scope *scope, struct ap_bundle *bundle,
                             struct ap_error *err)
{
    struct ap_soc2 *soc2 = context;
    enum ap_status status = populations_finish(soc2, err);

    if (status == AP_OK)
        status = exceptions_end(soc2, err);
    if (status == AP_OK)
        status = exceptions_write(soc2, bundle, err);
    if (status == AP_OK)
        status = kinds_write(soc2, bundle, err);
    if (status == AP_OK)
        status = records_write(soc2, scope, bundle, err);
    if (status == AP_OK)
        status = controls_write(soc2, bundle, err);
    return status == AP_OK && soc2->oscal ? oscal_write(soc2, scope, bundle, err) : status;
}

void ap_soc2_part(struct ap_soc2 *soc2, struct ap_db *db, struct ap_export_part *part)
{
    soc2->db = db;
    *part = (struct ap_export_part){begin, add, finish, soc2, soc2_tell};
}
