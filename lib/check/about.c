/* data/bundle.json and data/completeness.json: what the bundle says is in it. */
#include <string.h>

#include "check/check_internal.h"

static bool is_one_of(const struct ap_json_span *value, char *out, size_t size, const char *const *words)
{
    if (!json_text(value, out, size))
        return false;
    for (; *words != NULL; words++)
        if (strcmp(*words, out) == 0)
            return true;
    return false;
}

static bool read_withheld(const struct ap_json_span *value, bool withheld[AP_GROUPS])
{
    struct ap_json_reader reader;
    struct ap_json_span item;
    bool known = items_open(&reader, value);

    while (known && items_next(&reader, &item)) {
        known = false;
        for (size_t g = 0; g < AP_GROUPS; g++) {
            const char *name = ap_group_name((enum ap_group)g);

            if (item.kind == AP_JSON_STRING && ap_json_string_is(&item, name, strlen(name)))
                known = withheld[g] = true;
        }
    }
    return known;
}

/* A period is a bundle's of a period; others may have none. */
static bool read_period(const struct json_members *is, struct ap_bundle_about *out)
{
    const struct ap_json_span *from = members_get(is, "from_us"), *to = members_get(is, "to_us");
    bool may_lack = strcmp(out->kind, "soc2") != 0;
    bool has_from = json_int(from, &out->from_us), has_to = json_int(to, &out->to_us);

    out->has_period = has_from && has_to;
    return (has_from || (may_lack && (from == NULL || json_is_null(from)))) &&
           (has_to || (may_lack && (to == NULL || json_is_null(to))));
}

/* The organization is the chain's, which for system-wide events is none. */
static bool organization_fits(const struct json_members *is, const struct ap_uuid *chain)
{
    const struct ap_json_span *value = members_get(is, "organization");
    struct ap_uuid organization;

    if (ap_uuid_equal(chain, &ap_uuid_nil))
        return json_is_null(value);
    return json_uuid(value, &organization) && ap_uuid_equal(&organization, chain);
}

/* One that is missing is wrong, and counted as that when all entries are known. */
static bool is_count_or_null(const struct ap_json_span *value)
{
    uint64_t count;

    return value == NULL || json_is_null(value) || json_count(value, &count);
}

/* NULL, or the member that is missing or not as it must be. */
static const char *read_about(const struct json_members *is, struct ap_bundle_about *out)
{
    static const char *const formats[] = {"auditproof-bundle/1", NULL};
    static const char *const kinds[] = {"soc2", "gdpr-subject", "gdpr-breach", "sample", "case", NULL};
    static const char *const statuses[] = {"complete", "incomplete", NULL};
    static const char *const counts[] = {"segments", "entries", "purged", "erased_groups", NULL};
    const struct ap_json_span *tool;
    char word[64];
    uint64_t count;

    if (!is_one_of(members_get(is, "format"), word, sizeof word, formats))
        return "format";
    if (!is_one_of(members_get(is, "kind"), out->kind, sizeof out->kind, kinds))
        return "kind";
    if (!json_uuid(members_get(is, "chain"), &out->chain))
        return "chain";
    if (!organization_fits(is, &out->chain))
        return "organization";
    if (!read_period(is, out))
        return "from_us or to_us";
    if (!json_int(members_get(is, "as_of_us"), &out->as_of_us))
        return "as_of_us";
    if (!json_count(members_get(is, "log_size"), &out->log_size))
        return "log_size";
    if (!json_count(members_get(is, "chain_size"), &out->chain_size))
        return "chain_size";
    for (const char *const *name = counts; *name != NULL; name++)
        if (!json_count(members_get(is, *name), &count))
            return *name;
    if (!is_count_or_null(members_get(is, "first_seq")) || !is_count_or_null(members_get(is, "last_seq")))
        return "first_seq or last_seq";
    if (!read_withheld(members_get(is, "withheld"), out->withheld))
        return "withheld";
    if (!is_one_of(members_get(is, "status"), word, sizeof word, statuses))
        return "status";
    out->incomplete = strcmp(word, "incomplete") == 0;
    /* For showing only: one that is too long is not shown. */
    tool = members_get(is, "tool");
    if (tool == NULL || tool->kind != AP_JSON_STRING)
        return "tool";
    if (!json_text(tool, out->tool, sizeof out->tool))
        out->tool[0] = '\0';
    return NULL;
}

enum ap_status check_about(struct check *check, struct ap_error *err)
{
    struct ap_bundle_about *about = &check->report->about;
    enum ap_status status = AP_OK;
    struct json_members is;
    const char *wrong;

    if (!check_members(check, HELD_BUNDLE, AP_FINDING_COUNT, &is, &status, err))
        return status;
    wrong = read_about(&is, about);
    members_free(&is);
    about->known = wrong == NULL;
    if (wrong == NULL)
        return AP_OK;
    memset(about, 0, sizeof *about);
    check_found(check, AP_FINDING_COUNT, held_rules[HELD_BUNDLE].path, 0,
                "its member %s is missing, or not as it must be; entries were not checked", wrong);
    return AP_OK;
}

struct number {
    const char *name;
    uint64_t value;
    bool none; /* it must be null */
    bool skip; /* nothing is known to hold it against */
};

static void compare(struct check *check, enum held_file file, const struct json_members *said,
                    const struct number *numbers, size_t count)
{
    struct ap_buf wrong = AP_BUF_INIT;
    uint64_t value;

    for (size_t i = 0; i < count; i++) {
        const struct ap_json_span *is = members_get(said, numbers[i].name);
        bool right = numbers[i].none ? json_is_null(is) : json_count(is, &value) && value == numbers[i].value;

        if (!numbers[i].skip && !right)
            ap_buf_addf(&wrong, "%s%s", wrong.len > 0 ? ", " : "", numbers[i].name);
    }
    if (wrong.len > 0)
        check_found(check, AP_FINDING_COUNT, held_rules[file].path, 0, "it is wrong about %s", ap_buf_str(&wrong));
    ap_buf_free(&wrong);
}

enum ap_status check_counts(struct check *check, struct ap_error *err)
{
    const struct ap_bundle_check_report *report = check->report;
    bool none = report->first_seq == 0;
    const struct number numbers[] = {
        {"entries", report->entries, false, false},
        {"first_seq", report->first_seq, none, false},
        {"last_seq", report->last_seq, none, false},
        {"segments", report->segments, false, false},
        {"purged", report->purged, false, false},
        /* Of bundle.json only: */
        {"erased_groups", report->erased_groups, false, false},
        {"chain_size", check->seal.size, false, !check->sealed},
        {"log_size", check->checkpoint.size, false, !check->note_known},
        {"as_of_us", (uint64_t)check->seal.sealed_at_us, false, !check->sealed},
    };
    static const enum held_file files[] = {HELD_COMPLETENESS, HELD_BUNDLE};
    static const size_t counts[] = {5, sizeof numbers / sizeof *numbers};
    enum ap_status status = AP_OK;
    struct json_members said;

    for (size_t i = 0; i < 2 && status == AP_OK && report->about.known; i++) {
        if (!check_members(check, files[i], AP_FINDING_COUNT, &said, &status, err))
            continue;
        compare(check, files[i], &said, numbers, counts[i]);
        members_free(&said);
    }
    return status;
}
