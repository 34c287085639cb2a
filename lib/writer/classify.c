/* What rules make of an entry before it is stored: its risk_level, and a member of metadata that names the rules. */
#include <string.h>

#include "auditproof/bytes.h"
#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "auditproof/json_read.h"
#include "writer_internal.h"

static const char member[] = "_auditproof";

void ap_draft_classifier_free(struct ap_draft_classifier *classifier)
{
    ap_buf_free(&classifier->line);
    ap_buf_free(&classifier->metadata);
}

/* A time is classified as what it means, for rules do not know "7h ago". One that means nothing is refused later. */
static void add_time(struct ap_buf *out, const struct ap_cell *cell, int64_t now_us)
{
    char given[AP_TIME_TEXT_SIZE], text[AP_TIME_TEXT_SIZE];
    int64_t time_us = now_us;

    if (cell->kind == AP_CELL_TEXT && cell->len < sizeof given) {
        memcpy(given, cell->text, cell->len);
        given[cell->len] = '\0';
        if (ap_time_parse(&time_us, given, now_us, NULL) != AP_OK)
            time_us = now_us;
    }
    ap_time_format(text, time_us);
    ap_json_string(out, text);
}

static void add_value(struct ap_buf *out, enum ap_entry_column c, const struct ap_cell *cell, int64_t now_us)
{
    if (c == AP_ENTRY_CREATED_AT)
        add_time(out, cell, now_us);
    else if (cell->kind == AP_CELL_NULL)
        ap_buf_adds(out, "null");
    else if (cell->kind == AP_CELL_JSON)
        ap_buf_add(out, cell->text, cell->len);
    else
        ap_json_string_n(out, cell->text, cell->len);
}

/* The entry as rules know entries: an object with the columns that it has. */
static enum ap_status write_event(struct ap_draft_classifier *dc, const struct ap_draft *entry, int64_t now_us,
                                  struct ap_error *err)
{
    struct ap_buf *out = &dc->line;

    ap_buf_clear(out);
    for (enum ap_entry_column c = 0; c < AP_ENTRY_COLUMNS; c++) {
        const struct ap_cell *cell = &entry->cells[c];

        if (cell->kind == AP_CELL_ABSENT && c != AP_ENTRY_CREATED_AT)
            continue;
        ap_buf_addf(out, "%c\"%s\":", out->len == 0 ? '{' : ',', ap_entry_column_name(c));
        add_value(out, c, cell, now_us);
    }
    ap_buf_addc(out, '}');
    return ap_buf_check(out, "an entry", err);
}

/* The metadata object without a member of our name, which only we may write, and without its closing bracket. */
static enum ap_status copy_members(struct ap_buf *out, const struct ap_cell *metadata, struct ap_error *err)
{
    struct ap_json_reader r;
    struct ap_json_span key, value;
    bool more = true;
    enum ap_status status;

    ap_buf_clear(out);
    ap_buf_addc(out, '{');
    if (metadata->kind != AP_CELL_JSON)
        return AP_OK;
    ap_json_reader_init(&r, metadata->text, metadata->len);
    status = ap_json_read_open(&r, err);
    while (status == AP_OK) {
        status = ap_json_read_member(&r, &more, &key, &value, err);
        if (status != AP_OK || !more)
            break;
        if (ap_json_string_is(&key, member, sizeof member - 1))
            continue;
        ap_buf_adds(out, out->len > 1 ? "," : "");
        ap_buf_add(out, key.text, key.len);
        ap_buf_addc(out, ':');
        ap_buf_add(out, value.text, value.len);
    }
    return status;
}

static void add_rule(struct ap_buf *out, const struct ap_rules *rules, size_t rule, bool *first)
{
    ap_buf_adds(out, *first ? "" : ",");
    ap_json_string(out, ap_rules_info(rules, rule)->id);
    *first = false;
}

static void add_mark(const struct ap_draft_classifier *dc, const struct ap_classification *found, struct ap_buf *out)
{
    char digest[AP_HASH_TEXT_SIZE] = "";
    bool first = true;

    ap_buf_addf(out, "%s\"%s\":{\"risk_level\":\"%s\",\"rules\":[", out->len > 1 ? "," : "", member,
                ap_level_risk(found->level));
    for (size_t i = 0; i < found->rule_count; i++)
        add_rule(out, dc->rules, found->rules[i], &first);
    for (size_t i = 0; i < found->correlated_count; i++)
        add_rule(out, dc->rules, found->correlated[i].rule, &first);
    ap_hex_encode(digest, ap_rules_digest(dc->rules), AP_HASH_LEN);
    ap_buf_addf(out, "],\"ruleset\":\"sha256:%s\"}}", digest);
}

static void set_risk(struct ap_draft *entry, enum ap_level level)
{
    struct ap_cell *risk = &entry->cells[AP_ENTRY_RISK_LEVEL];
    const char *word = ap_level_risk(level);

    if (risk->kind == AP_CELL_ABSENT || risk->kind == AP_CELL_NULL)
        *risk = (struct ap_cell){AP_CELL_TEXT, word, strlen(word), risk->offset};
}

/* The entry is one line and one event: whatever the rules' pipeline unwraps. */
static enum ap_status find_rules(struct ap_draft_classifier *dc, int64_t now_us, struct ap_classification *found,
                                 struct ap_error *err)
{
    size_t at = 0;
    bool more = false;
    enum ap_status status;

    ap_classify_line(dc->classifier, dc->line.data, dc->line.len);
    ap_classify_recorded(dc->classifier, now_us);
    status = ap_classify_next(dc->classifier, &more, found, &at, err);
    if (status == AP_EINPUT || status == AP_ELIMIT) {
        err->status = AP_EINPUT;
        return ap_error_prefix(err, "the entry cannot be classified");
    }
    return status;
}

enum ap_status ap_draft_classify(struct ap_draft_classifier *classifier, struct ap_draft *entry, int64_t now_us,
                                 struct ap_error *err)
{
    struct ap_cell *metadata = &entry->cells[AP_ENTRY_METADATA], given = *metadata;
    bool marked = metadata->kind != AP_CELL_JSON || metadata->text[0] == '{';
    struct ap_classification found;
    struct ap_buf *text = &classifier->metadata;
    enum ap_status status = AP_OK;

    if (marked)
        status = copy_members(text, metadata, err);
    if (status == AP_OK && given.kind == AP_CELL_JSON && marked) {
        ap_buf_addc(text, '}');
        *metadata = (struct ap_cell){AP_CELL_JSON, ap_buf_str(text), text->len, given.offset};
    }
    if (status == AP_OK)
        status = write_event(classifier, entry, now_us, err);
    if (status == AP_OK)
        status = find_rules(classifier, now_us, &found, err);
    if (status != AP_OK)
        return status;
    classifier->matched += found.level > AP_LEVEL_NONE ? 1 : 0;
    classifier->unmarked += marked ? 0 : 1;
    set_risk(entry, found.level);
    if (!marked)
        return AP_OK;
    if (given.kind == AP_CELL_JSON)
        text->len--;
    add_mark(classifier, &found, text);
    *metadata = (struct ap_cell){AP_CELL_JSON, ap_buf_str(text), text->len, given.offset};
    return ap_buf_check(text, "metadata", err);
}
