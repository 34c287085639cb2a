#include "auditproof/gdpr_register.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "gdpr_register_kinds.h"

enum { READERS_MOST = 100 };

struct gdpr_register {
    struct ap_gdpr_register *out;
    const struct ap_gdpr_register_ask *ask;
    char chain[AP_UUID_TEXT_SIZE], since[24], until[24], limit[24];
    struct ap_rows *rows[REGISTER_KINDS]; /* owned */
    uint64_t totals[REGISTER_KINDS];
    struct ap_rows *readers; /* owned */
    int64_t forged;          /* entries that say the like, and are not auditproof's */
    struct ap_buf detail;
};

/* A row of a kind, in its place among all. */
struct line {
    int64_t time_us;
    int kind;
    size_t row;
};

/* A column of a row, as it was sent; NULL where there is none of the name. */
static const char *value_of(const struct gdpr_register *reg, const struct line *line, const char *name)
{
    int column = register_column(&register_kinds[line->kind], name);

    return column >= 0 ? ap_rows_text(reg->rows[line->kind], line->row, column) : NULL;
}

/* The column that says how many there are. */
static int total_of(int kind)
{
    int c = 0;

    while (register_kinds[kind].part.columns[c].name != NULL)
        c++;
    return c + register_kinds[kind].certificate;
}

static size_t shown_of(const struct gdpr_register *reg, int kind)
{
    size_t count = ap_rows_count(reg->rows[kind]);

    return count < reg->ask->limit ? count : (size_t)reg->ask->limit;
}

static enum ap_status read_kind(struct gdpr_register *reg, struct ap_db *db, int kind, struct ap_error *err)
{
    const struct register_kind *is = &register_kinds[kind];
    /* The last: no certificate is read. */
    const char *values[] = {reg->chain, reg->since, reg->until, reg->limit, "0"};
    enum ap_status status =
        ap_db_query(db, ap_sql(is->query), is->certificate > 0 ? 5 : 4, values, &reg->rows[kind], err);
    size_t count = status == AP_OK ? ap_rows_count(reg->rows[kind]) : 0;

    if (status != AP_OK)
        return status;
    reg->totals[kind] = count > 0 ? (uint64_t)ap_rows_int(reg->rows[kind], 0, total_of(kind)) : 0;
    if (count <= reg->ask->limit || !reg->ask->whole)
        return AP_OK;
    return ap_fail(err, AP_ELIMIT, "the register has more than %" PRIu64 " lines of the kind \"%s\": %s",
                   reg->ask->limit, is->part.name, "it must be made of a shorter period");
}

static enum ap_status read_all(struct gdpr_register *reg, struct ap_db *db, struct ap_error *err)
{
    char most[24];
    const char *values[] = {reg->chain, reg->since, reg->until, most};
    struct ap_rows *forged = NULL;
    enum ap_status status = AP_OK;

    (void)snprintf(most, sizeof most, "%d", READERS_MOST + 1);
    for (int kind = 0; status == AP_OK && kind < REGISTER_KINDS; kind++)
        status = read_kind(reg, db, kind, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/gdpr_register_readers"), 4, values, &reg->readers, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/gdpr_register_forged"), 3, values, &forged, err);
    if (status == AP_OK)
        reg->forged = ap_rows_int(forged, 0, 0);
    ap_rows_free(forged);
    return status;
}

static void count_lines(struct gdpr_register *reg)
{
    for (int kind = 0; kind < REGISTER_KINDS; kind++) {
        reg->out->lines += reg->totals[kind];
        for (size_t row = 0; row < shown_of(reg, kind); row++)
            reg->out->untold += value_of(reg, &(struct line){0, kind, row}, "seq") == NULL;
    }
}

static void add_facts(struct gdpr_register *reg)
{
    struct ap_answer *answer = reg->out->answer;

    ap_answer_add_part(answer, &register_facts_part);
    ap_answer_add_row(answer);
    ap_answer_add_time(answer, reg->ask->since_us);
    ap_answer_add_time(answer, reg->ask->until_us);
    ap_answer_add_count(answer, reg->out->lines);
    ap_answer_add_count(answer, reg->out->untold);
    ap_answer_add_str(answer, "the number of the entry that tells of a line: in the organization's chain, and in the "
                              "system chain for holds, disposals, searches of every organization and the platform's "
                              "periods");
    ap_answer_add_part(answer, &register_kinds_part);
    for (int kind = 0; kind < REGISTER_KINDS; kind++) {
        size_t shown = shown_of(reg, kind);

        ap_answer_add_row(answer);
        ap_answer_add_str(answer, register_kinds[kind].part.title);
        ap_answer_add_count(answer, reg->totals[kind]);
        ap_answer_add_value(answer, AP_ANSWER_TIME, shown > 0 ? ap_rows_text(reg->rows[kind], 0, 0) : NULL);
        ap_answer_add_value(answer, AP_ANSWER_TIME,
                            shown > 0 && shown == reg->totals[kind] ? ap_rows_text(reg->rows[kind], shown - 1, 0)
                                                                    : NULL);
        ap_answer_add_str(answer, register_kinds[kind].part.name);
    }
}

static void add_kinds(struct gdpr_register *reg)
{
    struct ap_answer *answer = reg->out->answer;

    for (int kind = 0; kind < REGISTER_KINDS; kind++) {
        const struct ap_answer_part *part = &register_kinds[kind].part;

        ap_answer_add_rows(answer, part, reg->rows[kind], 0, (size_t)reg->ask->limit);
        if (ap_rows_count(reg->rows[kind]) > reg->ask->limit)
            ap_answer_remark(answer, "%s: only the first %" PRIu64 " are listed here; JSON and CSV have them all",
                             part->name, reg->ask->limit);
        if (strcmp(part->name, "queries") == 0) {
            ap_answer_add_rows(answer, &register_readers_part, reg->readers, 0, READERS_MOST);
            if (ap_rows_count(reg->readers) > READERS_MOST)
                ap_answer_remark(answer, "readers: only those %d who looked most often", READERS_MOST);
        }
    }
}

/* --- all lines, in the order of time */

static int by_time(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static void put_value(struct ap_buf *out, enum ap_answer_kind kind, const char *text)
{
    char time[AP_TIME_TEXT_SIZE];

    if (kind == AP_ANSWER_TIME) {
        ap_time_format(time, strtoll(text, NULL, 10));
        ap_json_string(out, time);
    } else if (kind == AP_ANSWER_FLAG) {
        ap_buf_adds(out, text[0] == 't' ? "true" : "false");
    } else if (kind == AP_ANSWER_COUNT || kind == AP_ANSWER_JSON) {
        ap_buf_adds(out, text);
    } else {
        ap_json_string(out, text);
    }
}

static bool is_common(const struct register_kind *is, const char *name)
{
    const char *const common[] = {is->what, is->reference, is->by, is->entries, "seq", "entry", "system"};

    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (common[i] != NULL && strcmp(common[i], name) == 0)
            return true;
    return false;
}

/* What the kind has beside what every line has. */
static void add_detail(struct gdpr_register *reg, const struct line *line)
{
    const struct register_kind *is = &register_kinds[line->kind];
    struct ap_buf *out = &reg->detail;

    ap_buf_clear(out);
    for (int c = 1; is->part.columns[c].name != NULL; c++) {
        const char *text = ap_rows_text(reg->rows[line->kind], line->row, c);

        if (text == NULL || is_common(is, is->part.columns[c].name))
            continue;
        ap_buf_addf(out, "%c\"%s\":", out->len > 0 ? ',' : '{', is->part.columns[c].name);
        put_value(out, is->part.columns[c].kind, text);
    }
    ap_buf_adds(out, out->len > 0 ? "}" : "{}");
    ap_answer_add_text(reg->out->answer, ap_buf_str(out), out->len);
}

static void add_line(struct gdpr_register *reg, const struct line *line)
{
    const struct register_kind *is = &register_kinds[line->kind];
    struct ap_answer *answer = reg->out->answer;
    const char *flag = value_of(reg, line, "system");
    bool of_system = is->always_system || (flag != NULL && flag[0] == 't');

    ap_answer_add_row(answer);
    ap_answer_add_time(answer, line->time_us);
    ap_answer_add_str(answer, is->part.name);
    ap_answer_add_str(answer, value_of(reg, line, is->what));
    ap_answer_add_str(answer, value_of(reg, line, is->reference));
    ap_answer_add_str(answer, value_of(reg, line, is->by));
    ap_answer_add_value(answer, AP_ANSWER_COUNT, value_of(reg, line, is->entries));
    ap_answer_add_str(answer, of_system ? "system" : "organization");
    ap_answer_add_value(answer, AP_ANSWER_COUNT, value_of(reg, line, "seq"));
    ap_answer_add_str(answer, value_of(reg, line, "entry"));
    add_detail(reg, line);
}

static enum ap_status add_lines(struct gdpr_register *reg, struct ap_error *err)
{
    size_t count = 0, all = 0;
    struct line *lines;

    for (int kind = 0; kind < REGISTER_KINDS; kind++)
        all += shown_of(reg, kind);
    lines = calloc(all + 1, sizeof *lines);
    if (lines == NULL)
        return ap_fail_memory(err, "a register");
    for (int kind = 0; kind < REGISTER_KINDS; kind++)
        for (size_t row = 0; row < shown_of(reg, kind); row++)
            lines[count++] = (struct line){ap_rows_int(reg->rows[kind], row, 0), kind, row};
    qsort(lines, count, sizeof *lines, by_time);
    ap_answer_add_part(reg->out->answer, &register_lines_part);
    for (size_t i = 0; i < count; i++)
        add_line(reg, &lines[i]);
    free(lines);
    return ap_buf_check(&reg->detail, "a register", err);
}

static void add_absent(struct ap_answer *answer)
{
    static const char *const absent[][2] = {
        {"Erasure, correction, export and disclosure by the application, in its own tables, files and mail",
         "it does not tell audit_logs, or in actions of its own, which the audit summary counts"},
        {"Requests of data subjects: who asked, when, for what, and the deadline (Art. 12)",
         "only what was decided on them is recorded, and not whose they were"},
        {"Who read entries other than with auditquery: in the application, by SQL, from backups and replicas",
         "the database does not tell of reading"},
        {"Notifications to authorities and data subjects (Art. 33, 34), and what recipients did with what they got",
         "they happen outside; the bundles made for them are here"},
        {"Copies in backups and replicas of what was erased or destroyed", "they end by their own periods"},
        {"Purposes, legal bases, recipients and transfers of processing (Art. 30)",
         "they are the controller's to state, and none of the events that a log has"},
    };

    ap_answer_add_part(answer, &register_absent_part);
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        ap_answer_add_row(answer);
        ap_answer_add_str(answer, absent[i][0]);
        ap_answer_add_str(answer, absent[i][1]);
    }
}

static void remark(struct gdpr_register *reg)
{
    if (reg->forged > 0)
        ap_answer_remark(reg->out->answer,
                         "%" PRId64 " more entries say that somebody looked at entries, and were not written by "
                         "auditproof: they are not in the register",
                         reg->forged);
    if (reg->out->untold > 0)
        ap_answer_remark(reg->out->answer,
                         "%" PRIu64 " of these lines are told by no chained entry, as they would be had auditproof "
                         "written them: see `auditverify`",
                         reg->out->untold);
}

enum ap_status ap_gdpr_register(struct ap_gdpr_register *out, struct ap_db *db, const struct ap_gdpr_register_ask *ask,
                                struct ap_error *err)
{
    struct gdpr_register reg = {.out = out, .ask = ask};
    enum ap_status status;

    *out = (struct ap_gdpr_register){.answer = NULL};
    ap_uuid_format(reg.chain, &ask->org);
    (void)snprintf(reg.since, sizeof reg.since, "%" PRId64, ask->since_us);
    (void)snprintf(reg.until, sizeof reg.until, "%" PRId64, ask->until_us);
    (void)snprintf(reg.limit, sizeof reg.limit, "%" PRIu64, ask->limit + 1);
    status = ap_answer_new(&out->answer, err);
    if (status == AP_OK)
        status = read_all(&reg, db, err);
    if (status == AP_OK) {
        count_lines(&reg);
        add_facts(&reg);
        add_kinds(&reg);
        status = add_lines(&reg, err);
    }
    if (status == AP_OK) {
        add_absent(out->answer);
        remark(&reg);
    }
    for (int kind = 0; kind < REGISTER_KINDS; kind++)
        ap_rows_free(reg.rows[kind]);
    ap_rows_free(reg.readers);
    ap_buf_free(&reg.detail);
    return status;
}

void ap_gdpr_register_free(struct ap_gdpr_register *gdpr_register)
{
    ap_answer_free(gdpr_register->answer);
    gdpr_register->answer = NULL;
}
