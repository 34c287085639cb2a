/*
 * data/oscal-ar.json: assessment results in OSCAL 1.2.1, for tools that read those. There are observations and no
 * findings: a finding's status would be a verdict, which is the auditor's. UUIDs are names within this bundle, of
 * version 5, so that the same bundle has the same ones.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "auditproof/uuid.h"
#include "soc2_internal.h"

static const char data_folder[] = "data/";
static const char ns[] = "urn:auditproof:bundle:1";
static const struct ap_uuid ours = {
    {0x6f, 0x1d, 0x5b, 0x0e, 0x51, 0x0c, 0x5a, 0x3e, 0x9d, 0x0a, 0x2b, 0x77, 0x0c, 0x35, 0x4e, 0x91}};

struct writing {
    const struct ap_soc2 *soc2;
    const struct ap_evidence_scope *scope;
    struct ap_uuid space; /* of this bundle's names */
    struct ap_buf json;
    enum ap_status status;
    struct ap_error *err;
};

/* One line of text: what is none becomes one. */
static void put_line(struct ap_buf *json, const char *text)
{
    size_t from = json->len;

    ap_json_string(json, text);
    /* Line ends stand as \n in JSON: both characters of each become spaces. */
    for (size_t i = from; !json->failed && i + 1 < json->len; i++) {
        if (json->data[i] != '\\')
            continue;
        if (strchr("nrt", json->data[i + 1]) != NULL)
            json->data[i] = json->data[i + 1] = ' ';
        i++;
    }
}

/* before: '#' where it is a reference to the one of that name, or "". */
static void put_uuid(struct writing *w, const char *before, const char *name, const char *of)
{
    char text[AP_UUID_TEXT_SIZE], full[128];
    struct ap_uuid id;
    int len = snprintf(full, sizeof full, "%s %s", name, of);

    if (w->status == AP_OK)
        w->status = ap_uuid_v5(&id, &w->space, full, (size_t)len, w->err);
    if (w->status != AP_OK)
        return;
    ap_uuid_format(text, &id);
    ap_buf_addf(&w->json, "\"%s%s\"", before, text);
}

static void put_time(struct writing *w, const char *name, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us);
    ap_buf_addf(&w->json, ",\"%s\":\"%s\"", name, text);
}

static void put_property(struct ap_buf *json, const char *name, const char *value, bool first)
{
    ap_buf_addf(json, "%s{\"name\":\"%s\",\"ns\":\"%s\",\"value\":", first ? "" : ",", name, ns);
    ap_json_string(json, value);
    ap_buf_addc(json, '}');
}

static void put_hash_property(struct ap_buf *json, const struct ap_member *member, uint64_t rows)
{
    char hex[AP_HASH_TEXT_SIZE] = "", number[24];

    ap_hex_encode(hex, ap_member_sha256(member), AP_HASH_LEN);
    (void)snprintf(number, sizeof number, "%" PRIu64, rows);
    ap_buf_adds(json, ",\"props\":[");
    put_property(json, "rows", number, true);
    put_property(json, "sha-256", hex, false);
    ap_buf_adds(json, "]}");
}

/* Paths are relative to this file, which lies in data/. */
static void put_evidence(struct ap_buf *json, const char *path, const char *about)
{
    const char *from = strncmp(path, data_folder, sizeof data_folder - 1) == 0 ? path + sizeof data_folder - 1 : path;

    ap_buf_addf(json, "%s{\"href\":", json->data[json->len - 1] == '}' ? "," : "");
    ap_json_string(json, from);
    ap_buf_adds(json, ",\"description\":");
    ap_json_string(json, about);
}

static void put_files(struct writing *w, size_t c)
{
    const struct ap_soc2 *soc2 = w->soc2;
    const struct criterion *criterion = &soc2->criteria[c];

    ap_buf_adds(&w->json, ",\"relevant-evidence\":[");
    for (size_t i = 0; i < soc2->population_count; i++) {
        const struct population *population = &soc2->populations[i];

        if (population->criterion != c)
            continue;
        put_evidence(&w->json, population->lines_path, population->title);
        put_hash_property(&w->json, population->lines, population->rows);
    }
    if (criterion->exceptions_path != NULL) {
        put_evidence(&w->json, criterion->exceptions_path, "exceptions");
        put_hash_property(&w->json, criterion->exceptions, soc2->totals[c].exceptions);
    }
    for (size_t i = 0; i < criterion->file_count; i++) {
        put_evidence(&w->json, criterion->files[i].path, criterion->files[i].about);
        ap_buf_addc(&w->json, '}');
    }
    ap_buf_addc(&w->json, ']');
}

static bool has_files(const struct ap_soc2 *soc2, size_t c)
{
    return soc2->totals[c].populations > 0 || soc2->criteria[c].exceptions_path != NULL ||
           soc2->criteria[c].file_count > 0;
}

static void put_observation(struct writing *w, size_t c, bool first)
{
    const struct ap_soc2_total *total = &w->soc2->totals[c];
    struct ap_buf *json = &w->json;

    ap_buf_adds(json, first ? "{\"uuid\":" : ",{\"uuid\":");
    put_uuid(w, "", "observation", total->criterion);
    ap_buf_adds(json, ",\"title\":");
    put_line(json, total->title);
    ap_buf_adds(json, ",\"description\":");
    ap_json_string(json, total->asks[0] != '\0' ? total->asks : total->title);
    ap_buf_adds(json, ",\"props\":[");
    put_property(json, "criterion", total->criterion, true);
    put_property(json, "evidence-strength", total->strength, false);
    ap_buf_adds(json, "],\"methods\":[\"EXAMINE\"],\"types\":[\"control-objective\"]");
    if (has_files(w->soc2, c))
        put_files(w, c);
    put_time(w, "collected", w->scope->cover.seal.sealed_at_us);
    if (total->limits[0] != '\0') {
        ap_buf_adds(json, ",\"remarks\":");
        ap_json_string(json, total->limits);
    }
    ap_buf_addc(json, '}');
}

static void put_result(struct writing *w)
{
    struct ap_buf *json = &w->json;

    ap_buf_adds(json, "\"results\":[{\"uuid\":");
    put_uuid(w, "", "result", "");
    ap_buf_adds(json,
                ",\"title\":\"Entries of the audit log by criterion\",\"description\":\"Populations and exceptions"
                " out of one tenant's audit log, each entry verified against the chain. Observations, and no"
                " findings: whether a control works is for the auditor to say.\"");
    put_time(w, "start", w->scope->from_us);
    put_time(w, "end", w->scope->to_us);
    ap_buf_adds(json, ",\"reviewed-controls\":{\"control-selections\":[{\"include-controls\":[");
    for (size_t c = 0; c < w->soc2->criterion_count; c++)
        ap_buf_addf(json, "%s{\"control-id\":\"%s\"}", c == 0 ? "" : ",", w->soc2->totals[c].criterion);
    ap_buf_adds(json, "]}]},\"observations\":[");
    for (size_t c = 0; c < w->soc2->criterion_count; c++)
        put_observation(w, c, c == 0);
    ap_buf_adds(json, "]}]");
}

static void put_rlink(struct ap_buf *json, const char *path, const char *media, const uint8_t sha256[AP_HASH_LEN])
{
    ap_buf_addf(json, "%s{\"href\":\"%s\",\"media-type\":\"%s\",\"hashes\":[{\"algorithm\":\"SHA-256\",\"value\":\"",
                json->data[json->len - 1] == '}' ? "," : "", path + sizeof data_folder - 1, media);
    ap_buf_add_hex(json, sha256, AP_HASH_LEN);
    ap_buf_adds(json, "\"}]}");
}

/* What stands for the plan: the mapping and the rules in force. */
static void put_plan(struct writing *w)
{
    const struct ap_soc2 *soc2 = w->soc2;

    ap_buf_adds(&w->json, "\"back-matter\":{\"resources\":[{\"uuid\":");
    put_uuid(w, "", "plan", "");
    ap_buf_adds(&w->json, ",\"title\":\"Mappings and rules in force\",\"rlinks\":[");
    for (size_t i = 0; i < soc2->mapping_count; i++)
        put_rlink(&w->json, soc2->mappings[i].path, "application/yaml", soc2->mappings[i].sha256);
    put_rlink(&w->json, "data/policy/rules.txt", "text/plain", ap_rules_digest(soc2->exceptions.rules));
    ap_buf_adds(&w->json, "]}]}");
}

/* The bundle by what it is made of: the chain's root, the period, and the policy. */
static enum ap_status make_space(struct writing *w)
{
    struct ap_buf name = AP_BUF_INIT;
    enum ap_status status;

    ap_buf_add_hex(&name, w->scope->cover.seal.root.bytes, AP_HASH_LEN);
    ap_buf_addf(&name, " %" PRId64 " %" PRId64 " ", w->scope->from_us, w->scope->to_us);
    for (size_t i = 0; i < w->soc2->mapping_count; i++)
        ap_buf_add_hex(&name, w->soc2->mappings[i].sha256, AP_HASH_LEN);
    ap_buf_add_hex(&name, ap_rules_digest(w->soc2->exceptions.rules), AP_HASH_LEN);
    status = ap_buf_check(&name, "a bundle's name", w->err);
    if (status == AP_OK)
        status = ap_uuid_v5(&w->space, &ours, name.data, name.len, w->err);
    ap_buf_free(&name);
    return status;
}

enum ap_status oscal_write(struct ap_soc2 *soc2, const struct ap_evidence_scope *scope, struct ap_bundle *bundle,
                           struct ap_error *err)
{
    struct writing w;
    enum ap_status status;

    memset(&w, 0, sizeof w);
    w.soc2 = soc2;
    w.scope = scope;
    w.err = err;
    w.status = make_space(&w);
    ap_buf_adds(&w.json, "{\"assessment-results\":{\"uuid\":");
    put_uuid(&w, "", "assessment-results", "");
    ap_buf_adds(&w.json, ",\"metadata\":{\"title\":\"Evidence out of an audit log, by SOC 2 criterion\"");
    put_time(&w, "last-modified", scope->cover.seal.sealed_at_us);
    ap_buf_adds(&w.json, ",\"version\":\"auditproof " AP_VERSION "\",\"oscal-version\":\"1.2.1\"},\"import-ap\":{"
                         "\"href\":");
    put_uuid(&w, "#", "plan", "");
    ap_buf_adds(&w.json, "},");
    put_result(&w);
    ap_buf_addc(&w.json, ',');
    put_plan(&w);
    ap_buf_adds(&w.json, "}}\n");
    status = w.status == AP_OK ? ap_buf_check(&w.json, "data/oscal-ar.json", err) : w.status;
    if (status == AP_OK)
        status = ap_bundle_add(bundle, "data/oscal-ar.json", w.json.data, w.json.len, err);
    ap_buf_free(&w.json);
    return status;
}
