/*
 * data/exceptions/: what rules find in the period. A rule's tags name the criteria: soc2.cc6.3 is CC6.3. Rules see
 * every field of an entry, those too that are withheld from the reader; what is written of a hit then holds none of
 * them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auditproof/clock.h"
#include "auditproof/csv_write.h"
#include "rules/rule_files.h"
#include "soc2_internal.h"

static const char tag_prefix[] = "soc2.", folder[] = "soc2/";
static const char *const header[] = {"rule_id",       "rule",    "level",      "seq",       "time",  "action",
                                     "resource_type", "entries", "first_time", "last_time", "group", NULL};

void exceptions_free(struct exceptions *exceptions)
{
    ap_classifier_free(exceptions->classifier);
    ap_rules_free(exceptions->rules);
    free(exceptions->criteria);
    ap_buf_free(&exceptions->line);
    ap_buf_free(&exceptions->row);
}

static enum ap_status load_rules(struct exceptions *x, const struct ap_soc2_options *options, struct ap_error *err)
{
    struct ap_rules_options is;
    struct ap_rule_file *files = calloc(rule_file_count + 1, sizeof *files);
    enum ap_status status;

    if (files == NULL)
        return ap_fail_memory(err, "rules");
    memset(&is, 0, sizeof is);
    for (size_t i = 0; i < rule_file_count; i++)
        if (strncmp(rule_files[i].name, folder, sizeof folder - 1) == 0)
            files[is.file_count++] =
                (struct ap_rule_file){rule_files[i].name, NULL, rule_files[i].text, strlen(rule_files[i].text), false};
    is.files = files;
    is.paths = options->rules;
    is.path_count = options->rule_count;
    status = ap_rules_load(&x->rules, &is, err);
    free(files);
    return status;
}

/* A rule that was left out would be exceptions that nobody looked for. */
static enum ap_status check_problems(const struct ap_rules *rules, struct ap_error *err)
{
    size_t count;
    const struct ap_rule_problem *problems = ap_rules_problems(rules, &count);

    for (size_t i = 0; i < count; i++)
        if (problems[i].kind == AP_PROBLEM_ERROR)
            return ap_fail(err, AP_EINPUT, "%s:%u:%u: %s", problems[i].file, problems[i].line, problems[i].column,
                           problems[i].message);
    return AP_OK;
}

static enum ap_status take_tag(struct ap_soc2 *soc2, size_t rule, const char *tag, struct ap_error *err)
{
    const struct ap_rule_info *info = ap_rules_info(soc2->exceptions.rules, rule);
    struct mask *of = &soc2->exceptions.criteria[rule];

    if (strncasecmp(tag, tag_prefix, sizeof tag_prefix - 1) != 0)
        return AP_OK;
    for (size_t c = 0; c < soc2->criterion_count; c++) {
        if (strcasecmp(tag + sizeof tag_prefix - 1, soc2->totals[c].criterion) != 0)
            continue;
        if ((of->words[0] >> c & 1) == 0)
            soc2->totals[c].rules++;
        of->words[0] |= UINT64_C(1) << c;
        return AP_OK;
    }
    return ap_fail(err, AP_EINPUT, "%s:%u: the rule is tagged %s, and no mapping has that criterion", info->file,
                   info->line, tag);
}

enum ap_status exceptions_load(struct ap_soc2 *soc2, const struct ap_soc2_options *options, struct ap_error *err)
{
    struct exceptions *x = &soc2->exceptions;
    enum ap_status status = load_rules(x, options, err);

    _Static_assert(AP_SOC2_CRITERIA_MAX <= 64, "criteria of a rule are bits of one word");
    if (status == AP_OK)
        status = check_problems(x->rules, err);
    if (status != AP_OK)
        return status;
    x->criteria = calloc(ap_rules_count(x->rules) + 1, sizeof *x->criteria);
    if (x->criteria == NULL)
        return ap_fail_memory(err, "the criteria of rules");
    for (size_t r = 0; r < ap_rules_count(x->rules); r++) {
        const struct ap_rule_info *info = ap_rules_info(x->rules, r);

        for (size_t t = 0; status == AP_OK && info->applies && info->reports && t < info->tag_count; t++)
            status = take_tag(soc2, r, info->tags[t], err);
    }
    return status == AP_OK ? ap_classifier_new(&x->classifier, x->rules, NULL, err) : status;
}

enum ap_status exceptions_begin(struct ap_soc2 *soc2, struct ap_bundle *bundle, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    char path[AP_BUNDLE_PATH_MAX];

    ap_buf_clear(&soc2->row);
    ap_csv_put_record(&soc2->row, header);
    for (size_t c = 0; status == AP_OK && c < soc2->criterion_count; c++) {
        struct criterion *criterion = &soc2->criteria[c];

        if (soc2->totals[c].rules == 0)
            continue;
        (void)snprintf(path, sizeof path, "data/exceptions/%s.csv", soc2->totals[c].criterion);
        criterion->exceptions_path = ap_arena_copy(&soc2->list.arena, path, strlen(path));
        status = ap_arena_check(&soc2->list.arena, "a file of exceptions", err);
        if (status == AP_OK)
            status = ap_bundle_member(bundle, path, &criterion->exceptions, err);
        if (status == AP_OK)
            status = ap_buf_check(&soc2->row, "a header", err);
        if (status == AP_OK)
            status = ap_member_write(criterion->exceptions, soc2->row.data, soc2->row.len, err);
    }
    return status;
}

/* is NULL: the hit belongs to no entry, but to the end of its window. correlated NULL: a rule's, of this entry alone.
 */
static void put_hit(struct ap_soc2 *soc2, size_t rule, const struct ap_evidence_entry *is,
                    const struct ap_correlated *correlated)
{
    struct exceptions *x = &soc2->exceptions;
    const struct ap_rule_info *info = ap_rules_info(x->rules, rule);
    struct ap_buf *row = &x->row;

    ap_buf_clear(row);
    ap_csv_put(row, info->id);
    ap_csv_put(row, info->title);
    ap_csv_put(row, ap_level_name(info->level));
    if (is != NULL) {
        ap_csv_put_int(row, (int64_t)is->entry->record.seq);
        ap_csv_put_time(row, is->time_us);
        ap_csv_put_n(row, is->entry->row->action.data, is->entry->row->action.len);
        ap_csv_put_n(row, is->entry->row->resource_type.data, is->entry->row->resource_type.len);
    } else {
        for (size_t i = 0; i < 4; i++)
            ap_csv_put(row, "");
    }
    ap_csv_put_int(row, correlated == NULL ? 1 : (int64_t)correlated->count);
    if (correlated != NULL) {
        ap_csv_put_time(row, correlated->first_us);
        ap_csv_put_time(row, correlated->last_us);
    } else {
        ap_csv_put_time(row, is->time_us);
        ap_csv_put_time(row, is->time_us);
    }
    ap_csv_put(row, correlated == NULL || x->withheld ? "" : correlated->group_json);
    ap_csv_end(row);
}

static enum ap_status write_hit(struct ap_soc2 *soc2, size_t rule, const struct ap_evidence_entry *is,
                                const struct ap_correlated *correlated, struct ap_error *err)
{
    struct exceptions *x = &soc2->exceptions;
    enum ap_status status;

    if (x->criteria[rule].words[0] == 0)
        return AP_OK;
    put_hit(soc2, rule, is, correlated);
    status = ap_buf_check(&x->row, "an exception", err);
    for (size_t c = 0; status == AP_OK && c < soc2->criterion_count; c++) {
        if ((x->criteria[rule].words[0] >> c & 1) == 0)
            continue;
        status = ap_member_write(soc2->criteria[c].exceptions, x->row.data, x->row.len, err);
        soc2->totals[c].exceptions++;
    }
    return status;
}

static enum ap_status write_all(struct ap_soc2 *soc2, const struct ap_classification *found,
                                const struct ap_evidence_entry *is, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < found->rule_count; i++)
        status = write_hit(soc2, found->rules[i], is, NULL, err);
    for (size_t i = 0; status == AP_OK && i < found->correlated_count; i++)
        status = write_hit(soc2, found->correlated[i].rule, is, &found->correlated[i], err);
    for (size_t i = 0; status == AP_OK && i < found->closed_count; i++)
        status = write_hit(soc2, found->closed[i].rule, NULL, &found->closed[i], err);
    return status;
}

/* The entry as rules know entries (audit-rules(5), EVENTS). */
static void put_event(struct ap_buf *out, const struct ap_evidence_entry *is)
{
    static const bool all[AP_GROUPS] = {true, true, true};
    char time[AP_TIME_TEXT_SIZE];

    ap_time_format(time, is->time_us);
    ap_buf_clear(out);
    ap_buf_addf(out, "{\"created_at\":\"%s\"", time);
    put_members(out, is->entry->row, all);
    ap_buf_addc(out, '}');
}

enum ap_status exceptions_add(struct ap_soc2 *soc2, const struct ap_evidence_entry *is, struct ap_error *err)
{
    struct exceptions *x = &soc2->exceptions;
    struct ap_classification found;
    enum ap_status status;
    bool more = false;
    size_t at;

    for (size_t g = 0; g < AP_GROUPS; g++)
        x->withheld = x->withheld || (!is->disclosed[g] && is->entry->kept[g] == NULL);
    put_event(&x->line, is);
    status = ap_buf_check(&x->line, "an entry", err);
    if (status != AP_OK)
        return status;
    ap_classify_line(x->classifier, x->line.data, x->line.len);
    ap_classify_recorded(x->classifier, is->entry->record.recorded_at_us);
    status = ap_classify_next(x->classifier, &more, &found, &at, err);
    if (status != AP_OK)
        return ap_error_prefix(err, "entry %" PRIu64 " cannot be held against the rules", is->entry->record.seq);
    return write_all(soc2, &found, is, err);
}

enum ap_status exceptions_finish(struct ap_soc2 *soc2, struct ap_error *err)
{
    struct ap_classification found;
    enum ap_status status;

    memset(&found, 0, sizeof found);
    status = ap_classify_end(soc2->exceptions.classifier, &found, err);
    if (status == AP_OK)
        status = write_all(soc2, &found, NULL, err);
    for (size_t c = 0; status == AP_OK && c < soc2->criterion_count; c++) {
        if (soc2->criteria[c].exceptions == NULL)
            continue;
        ap_member_set_rows(soc2->criteria[c].exceptions, soc2->totals[c].exceptions);
        status = ap_member_close(soc2->criteria[c].exceptions, err);
    }
    return status;
}
