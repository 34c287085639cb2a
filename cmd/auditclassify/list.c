/* A table of the rules. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/buf.h"
#include "auditproof/json.h"
#include "classify.h"
#include "shown.h"

enum { COLUMNS = 6, GAP = 2 };

/* Tags that say what a rule is evidence for, and those that do not. */
static bool is_criterion(const char *tag)
{
    return strncmp(tag, "soc2.", 5) == 0 || strncmp(tag, "gdpr.", 5) == 0;
}

static int by_level_and_title(const void *a, const void *b)
{
    const struct ap_rule_info *x = *(const struct ap_rule_info *const *)a;
    const struct ap_rule_info *y = *(const struct ap_rule_info *const *)b;

    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    return strcmp(x->title, y->title);
}

static const struct ap_rule_info **sorted(const struct ap_rules *rules, struct ap_error *err)
{
    size_t count = ap_rules_count(rules);
    const struct ap_rule_info **list = calloc(count > 0 ? count : 1, sizeof *list);

    if (list == NULL) {
        (void)ap_fail_memory(err, "a list of rules");
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        list[i] = ap_rules_info(rules, i);
    qsort(list, count, sizeof *list, by_level_and_title);
    return list;
}

static void add_tags(struct ap_buf *cell, const struct ap_rule_info *rule, bool criteria)
{
    for (size_t i = 0; i < rule->tag_count; i++) {
        if (is_criterion(rule->tags[i]) != criteria)
            continue;
        ap_buf_adds(cell, cell->len > 0 ? " " : "");
        ap_buf_adds(cell, rule->tags[i]);
    }
    if (cell->len == 0)
        ap_buf_addc(cell, '-');
}

/* A column's text for a rule, or its heading. */
static const char *cell_text(struct ap_buf *cell, const struct ap_rule_info *rule, int column)
{
    static const char *const headings[COLUMNS] = {"LEVEL", "TITLE", "ID", "CRITERIA", "TAGS", "FILE"};

    ap_buf_clear(cell);
    if (rule == NULL)
        return headings[column];
    switch (column) {
    case 0:
        return ap_level_name(rule->level);
    case 1:
        return rule->title;
    case 2:
        return rule->id;
    case 3:
    case 4:
        add_tags(cell, rule, column == 3);
        return ap_buf_str(cell);
    default:
        return rule->file;
    }
}

/* Characters, which is close enough to columns. */
static int width_of(const char *text)
{
    int n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0U) != 0x80U;
    return n;
}

static void print_row(struct ap_buf *cell, const struct ap_rule_info *rule, const int *widths)
{
    for (int c = 0; c < COLUMNS; c++) {
        const char *text = cell_text(cell, rule, c);

        cli_put(stdout, text);
        if (c + 1 < COLUMNS)
            (void)printf("%*s", widths[c] - width_of(text) + GAP, "");
    }
    (void)putchar('\n');
}

static void print_table(const struct ap_rule_info *const *list, size_t count)
{
    int widths[COLUMNS] = {0};
    struct ap_buf cell = AP_BUF_INIT;
    size_t applying = 0;

    for (size_t i = 0; i <= count; i++)
        for (int c = 0; c < COLUMNS; c++) {
            int width = width_of(cell_text(&cell, i < count ? list[i] : NULL, c));

            widths[c] = width > widths[c] ? width : widths[c];
        }
    print_row(&cell, NULL, widths);
    for (size_t i = 0; i < count; i++) {
        print_row(&cell, list[i], widths);
        applying += list[i]->applies ? 1 : 0;
    }
    if (applying < count)
        cli_say("%zu of these %zu rules are for events that --pipeline, or its absence, stands for", applying, count);
    ap_buf_free(&cell);
}

static void add_texts(struct ap_buf *out, const char *name, const char *const *texts, size_t count)
{
    ap_buf_addf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        ap_buf_adds(out, i > 0 ? "," : "");
        ap_json_string(out, texts[i]);
    }
    ap_buf_addc(out, ']');
}

static void add_criteria(struct ap_buf *out, const struct ap_rule_info *rule)
{
    bool first = true;

    ap_buf_adds(out, ",\"criteria\":[");
    for (size_t i = 0; i < rule->tag_count; i++) {
        if (!is_criterion(rule->tags[i]))
            continue;
        ap_buf_adds(out, first ? "" : ",");
        ap_json_string(out, rule->tags[i]);
        first = false;
    }
    ap_buf_addc(out, ']');
}

static void add_text(struct ap_buf *out, const char *name, const char *text)
{
    ap_buf_addf(out, "%s\"%s\":", out->data[out->len - 1] == '{' ? "" : ",", name);
    ap_json_string(out, text);
}

static void add_rule(struct ap_buf *out, const struct ap_rule_info *rule)
{
    ap_buf_addc(out, '{');
    if (out->failed)
        return;
    add_text(out, "id", rule->id);
    add_text(out, "title", rule->title);
    add_text(out, "level", ap_level_name(rule->level));
    add_text(out, "status", rule->status);
    add_text(out, "author", rule->author);
    add_text(out, "description", rule->description);
    add_texts(out, "tags", rule->tags, rule->tag_count);
    add_criteria(out, rule);
    add_texts(out, "falsepositives", rule->false_positives, rule->false_positive_count);
    add_texts(out, "references", rule->references, rule->reference_count);
    ap_buf_addf(out, ",\"correlation\":%s,\"applies\":%s,\"reports\":%s", rule->correlation ? "true" : "false",
                rule->applies ? "true" : "false", rule->reports ? "true" : "false");
    add_text(out, "file", rule->file);
    ap_buf_addf(out, ",\"line\":%" PRIu32 "}", rule->line);
}

static int print_json(const struct ap_rules *rules, const struct ap_rule_info *const *list, size_t count)
{
    struct ap_buf out = AP_BUF_INIT;
    char digest[AP_HASH_TEXT_SIZE] = "";
    struct ap_error err;
    int status = EXIT_DONE;

    ap_hex_encode(digest, ap_rules_digest(rules), AP_HASH_LEN);
    ap_buf_addf(&out, "{\"ruleset\":\"sha256:%s\",\"rules\":[", digest);
    for (size_t i = 0; i < count; i++) {
        ap_buf_adds(&out, i > 0 ? ",\n" : "\n");
        add_rule(&out, list[i]);
    }
    ap_buf_adds(&out, "\n]}\n");
    if (ap_buf_check(&out, "a list of rules", &err) != AP_OK)
        status = cli_fail(&err);
    else
        (void)fputs(out.data, stdout);
    ap_buf_free(&out);
    return status;
}

int classify_list(const struct classify_options *options, const struct ap_rules *rules)
{
    size_t count = ap_rules_count(rules);
    struct ap_error err;
    const struct ap_rule_info **list = sorted(rules, &err);
    int status = EXIT_DONE;

    if (list == NULL)
        return cli_fail(&err);
    if (strcmp(options->format, "json") == 0)
        status = print_json(rules, list, count);
    else
        print_table(list, count);
    free(list);
    if (cli_rules_complain(rules) > 0 && status == EXIT_DONE)
        status = EXIT_USAGE;
    return status;
}
