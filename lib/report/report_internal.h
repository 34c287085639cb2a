/* What the parts of a report share. */
#ifndef AP_REPORT_INTERNAL_H
#define AP_REPORT_INTERNAL_H

#include "auditproof/buf.h"
#include "auditproof/report.h"
#include "top.h"

enum level { LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH, LEVEL_CRITICAL, LEVEL_NONE, LEVELS };

/* "low", "medium", …; "no level". Static. */
extern const char *const level_names[LEVELS];

/* How an actor is named; what is known best comes first. */
enum actor { ACTOR_EMAIL, ACTOR_ACCOUNT, ACTOR_ROLE, ACTOR_NOBODY, ACTOR_ERASED, ACTOR_WITHHELD };

/* What is counted while entries stream by (count.c): of those asked for. */
struct figures {
    int64_t first_day;          /* since 1970: of the period */
    size_t days;                /* of them, those that the seal could cover, once the report is written */
    bool open;                  /* there are more */
    uint64_t (*by_day)[LEVELS]; /* owned */
    uint64_t by_hour[7][24];    /* Monday first */
    uint64_t levels[LEVELS];
    uint64_t counted;
    uint64_t outside;           /* of them, outside of the stated period: in no chart by time */
    uint64_t gone;              /* asked for, and without a row: nothing to count */
    int64_t seen_from, seen_to; /* first and last day with entries, counted from first_day */
    struct top actors, actions;
};

AP_MUST_CHECK enum ap_status figures_init(struct figures *figures, int64_t from_us, int64_t to_us,
                                          struct ap_error *err);
void figures_free(struct figures *figures);
void figures_add(struct figures *figures, const struct ap_evidence_entry *is);
/* Of a period that goes on after the seal, the days after that are no days without entries. */
void figures_end(struct figures *figures, int64_t as_of_us);
uint64_t figures_silent_days(const struct figures *figures);

/* A bar of the chart by time: a day, a week, a month or a year, as far as it lies in the period (bins.c). */
struct bin {
    int64_t day; /* first, since 1970 */
    uint64_t levels[LEVELS], total;
};

enum unit { UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR };

struct bins {
    enum unit unit;
    struct bin *list; /* owned */
    size_t count;
    uint64_t most; /* of a bin's totals */
    bool cut;      /* long times without entries at the ends are left out */
};

AP_MUST_CHECK enum ap_status bins_make(struct bins *bins, const struct figures *figures, struct ap_error *err);
void bins_free(struct bins *bins);
/* "2026-11-14", "2026-11", "2026"; and in few letters, "14 Nov". */
void bin_put_name(struct ap_buf *out, enum unit unit, int64_t day);
void bin_put_short(struct ap_buf *out, enum unit unit, int64_t day);

/* As struct ap_report_control; strings are owned. */
struct control {
    char *criterion, *title, *strength, *limit;
    size_t populations, rules;
    uint64_t rows, exceptions;
};

struct pair {
    char *name, *text; /* owned */
    uint64_t count;
};

struct pairs {
    struct pair *list; /* owned */
    size_t count;
    uint64_t more; /* that are not listed */
};

struct ap_report {
    const struct ap_report_options *options;
    const struct ap_evidence_scope *scope; /* while it is written */
    struct figures figures;
    struct control *controls; /* owned */
    size_t control_count;
    uint64_t exceptions; /* each counted once */
    struct pairs unmapped, facts;
    uint64_t unmapped_rows;
    char fingerprint[AP_HASH_TEXT_SIZE]; /* of the bundle's key */
    char vkey[AP_VKEY_TEXT_SIZE];
    char chain[AP_UUID_TEXT_SIZE];
};

/* A part of 100, in percent, without the locale's opinion: "33.333%". */
void put_percent(struct ap_buf *out, uint64_t part, uint64_t whole);
/* "2026-11-22 15:46:14" of a time, without its fraction; UTC is said once. */
void put_time(struct ap_buf *out, int64_t time_us);
void put_date(struct ap_buf *out, int64_t day);
void put_moment(struct ap_buf *out, int64_t time_us);
/* "1 entry", "12 entries". */
void put_counted(struct ap_buf *out, uint64_t count, const char *one, const char *many);

/* Charts, each with its figures as a table (chart_time.c, chart_hours.c, chart_bars.c, chart_controls.c). */
AP_MUST_CHECK enum ap_status chart_time(struct ap_buf *out, const struct ap_report *report, struct ap_error *err);
void chart_hours(struct ap_buf *out, const struct ap_report *report);
void chart_actors(struct ap_buf *out, const struct ap_report *report);
void chart_actions(struct ap_buf *out, const struct ap_report *report);
void chart_controls(struct ap_buf *out, const struct ap_report *report);
/* The first column is text, and so are those whose bit is set in `text`; the others are figures. */
void table_open(struct ap_buf *out, const char *summary, const char *const *columns, size_t count, unsigned text);
void table_close(struct ap_buf *out);
/* silent: there are times without entries, which a chart shades. */
void legend(struct ap_buf *out, const uint64_t levels[LEVELS], bool silent);

/* What stands for {{NAME}} in the template, and whether {{?NAME}} holds (say.c). */
AP_MUST_CHECK enum ap_status say(struct ap_buf *out, const struct ap_report *report, const char *name, size_t len,
                                 struct ap_error *err);
bool holds(const struct ap_report *report, const char *name, size_t len, bool *known);

#endif
