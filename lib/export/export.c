#include "auditproof/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "register.h"
#include "share_files.h"
#include "written.h"

struct exporting {
    const struct ap_export_options *options;
    struct ap_export_report *report;
    struct ap_evidence *evidence; /* owned */
    struct ap_bundle *bundle;     /* owned */
    struct ap_report *pages;      /* owned: data/report.html */
    struct ap_report_options pages_options;
    struct ap_evidence_sink sinks[AP_EXPORT_PARTS_MAX + 1];
    size_t sink_count;
};

static void put_date(char out[16], int64_t time_us)
{
    int64_t day = time_us / AP_US_PER_DAY, year;
    int month, date;

    if (time_us % AP_US_PER_DAY < 0)
        day--;
    ap_civil_from_days(day, &year, &month, &date);
    (void)snprintf(out, 16, "%04lld%02d%02d", (long long)year % 100000, month, date);
}

/* Of what is asked for only, so that the same is named the same: "auditproof-soc2-1a2b3c4d-20260101-20260401". */
static void put_name(struct ap_export_report *report, const struct ap_export_options *options)
{
    char chain[AP_UUID_TEXT_SIZE], from[16], to[16];

    ap_uuid_format(chain, &options->evidence.chain);
    put_date(from, options->evidence.from_us);
    put_date(to, options->evidence.to_us);
    if (options->suffix == NULL)
        (void)snprintf(report->name, sizeof report->name, "auditproof-%s-%.8s-%s-%s", options->kind, chain, from, to);
    else /* which leaves no room for more (AP_BUNDLE_PATH_MAX) */
        (void)snprintf(report->name, sizeof report->name, "%s-%.8s-%s-%s-%s", options->kind, chain, from, to,
                       options->suffix);
}

static enum ap_status create_bundle(struct exporting *x, struct ap_error *err)
{
    const struct ap_export_options *options = x->options;
    int64_t until_us = options->evidence.to_us, as_of_us = ap_evidence_scope(x->evidence)->cover.seal.sealed_at_us;
    struct ap_bundle_options is;
    size_t size = strlen(x->report->name) + sizeof ".tar.gz";

    x->report->path = options->path != NULL ? strdup(options->path) : calloc(1, size);
    if (x->report->path == NULL)
        return ap_fail_memory(err, "a file's name");
    if (options->path == NULL)
        (void)snprintf(x->report->path, size, "%s.tar.gz", x->report->name);
    /* A period may end after what is known of it. */
    if (as_of_us < until_us)
        until_us = as_of_us;
    memset(&is, 0, sizeof is);
    is.path = x->report->path;
    is.name = x->report->name;
    is.mtime_s = until_us > 0 ? until_us / AP_US_PER_SECOND : 0;
    is.jobs = options->jobs;
    is.level = options->level;
    is.force = options->force;
    is.encrypt_to = options->encrypt_to;
    is.stop = options->evidence.stop;
    is.inspect = options->inspect;
    is.inspect_context = options->inspect_context;
    return ap_bundle_create(&x->bundle, &is, err);
}

static enum ap_status begin_report(struct exporting *x, struct ap_error *err)
{
    const struct ap_export_options *options = x->options;

    x->pages_options.kind = options->kind;
    x->pages_options.name = x->report->name;
    x->pages_options.vkey = options->vkey;
    x->pages_options.selected =
        options->evidence.seqs != NULL || options->evidence.draw != NULL || options->evidence.choose != NULL;
    memcpy(x->pages_options.withheld, options->evidence.withhold, sizeof x->pages_options.withheld);
    return ap_report_new(&x->pages, &x->pages_options, ap_evidence_scope(x->evidence), err);
}

static enum ap_status begin_parts(struct exporting *x, struct ap_error *err)
{
    const struct ap_export_options *options = x->options;
    enum ap_status status;

    if (options->part_count > AP_EXPORT_PARTS_MAX)
        return ap_fail(err, AP_EINTERNAL, "%zu parts of a bundle, of %d at most", options->part_count,
                       AP_EXPORT_PARTS_MAX);
    status = begin_report(x, err);
    for (size_t i = 0; status == AP_OK && i < options->part_count; i++) {
        const struct ap_export_part *part = &options->parts[i];

        if (part->begin != NULL)
            status = part->begin(part->context, ap_evidence_scope(x->evidence), x->bundle, err);
        if (part->add != NULL)
            x->sinks[x->sink_count++] = (struct ap_evidence_sink){part->add, part->context};
    }
    x->sinks[x->sink_count++] = (struct ap_evidence_sink){ap_report_add, x->pages};
    return status;
}

static enum ap_status finish_parts(struct exporting *x, struct ap_error *err)
{
    const struct ap_export_options *options = x->options;
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < options->part_count; i++)
        if (options->parts[i].finish != NULL)
            status =
                options->parts[i].finish(options->parts[i].context, ap_evidence_scope(x->evidence), x->bundle, err);
    return status;
}

static enum ap_status add_share_files(struct exporting *x, struct ap_error *err)
{
    static const char folder[] = "bundle/";
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < share_file_count; i++)
        if (strncmp(share_files[i].name, folder, sizeof folder - 1) == 0)
            status = ap_bundle_add(x->bundle, share_files[i].name + sizeof folder - 1, share_files[i].text,
                                   strlen(share_files[i].text), err);
    return status;
}

/* Last, since the one tells of everything else, and the other lists it. */
static enum ap_status write_pages(struct exporting *x, struct ap_error *err)
{
    const struct ap_export_options *options = x->options;
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < options->part_count; i++)
        if (options->parts[i].tell != NULL)
            status = options->parts[i].tell(options->parts[i].context, x->pages, err);
    if (status == AP_OK)
        status = ap_report_write(x->pages, ap_evidence_scope(x->evidence), x->bundle, err);
    return status == AP_OK ? ap_index_write(x->report->name, x->bundle, err) : status;
}

static enum ap_status finish_bundle(struct exporting *x, struct ap_error *err)
{
    const struct ap_evidence_scope *scope = ap_evidence_scope(x->evidence);
    char chain[AP_UUID_TEXT_SIZE], as_of[AP_TIME_TEXT_SIZE];
    struct ap_bag_info info[] = {
        {"External-Identifier", x->report->name},
        {"Bagging-Date", as_of},
        {"Auditproof-Kind", x->options->kind},
        {"Auditproof-Chain", chain},
    };

    ap_uuid_format(chain, &scope->chain);
    ap_time_format(as_of, scope->cover.seal.sealed_at_us);
    as_of[strcspn(as_of, "T")] = '\0';
    return ap_bundle_finish(x->bundle, x->options->key, info, sizeof info / sizeof *info, &x->report->bundle, err);
}

static enum ap_status write_all(struct exporting *x, struct ap_error *err)
{
    const struct ap_export_options *options = x->options;
    enum ap_status status = create_bundle(x, err);

    if (status == AP_OK)
        status = begin_parts(x, err);
    if (status == AP_OK)
        status = ap_evidence_read(x->evidence, x->bundle, x->sinks, x->sink_count, options->found,
                                  options->found_context, &x->report->intact, err);
    if (status != AP_OK || !x->report->intact)
        return status;
    status = finish_parts(x, err);
    if (status == AP_OK)
        status = ap_evidence_describe(x->evidence, x->bundle, options->kind, options->more != NULL ? options->more : "",
                                      err);
    if (status == AP_OK)
        status = ap_evidence_prove(x->evidence, x->bundle, options->vkey, options->log_key, err);
    if (status == AP_OK)
        status = add_share_files(x, err);
    if (status == AP_OK)
        status = write_pages(x, err);
    return status == AP_OK ? finish_bundle(x, err) : status;
}

/* Nothing gets its name that its reader would not take; the statement about it comes last. */
static enum ap_status finish(struct ap_db *db, struct exporting *x, struct ap_error *err)
{
    struct ap_bundle_check_report checked;
    enum ap_status status = written_check(x->bundle, x->options, &x->report->bundle, &checked, err);

    if (status == AP_OK)
        status = ap_bundle_commit(x->bundle, err);
    if (status == AP_OK)
        status = written_state(db, x->options, x->report, &checked, err);
    ap_bundle_check_report_free(&checked);
    return status;
}

enum ap_status ap_export(struct ap_db *db, const struct ap_export_options *options, struct ap_export_report *report,
                         struct ap_error *err)
{
    struct exporting x;
    struct registration registration;
    enum ap_status status;

    memset(&registration, 0, sizeof registration);
    memset(report, 0, sizeof *report);
    memset(&x, 0, sizeof x);
    x.options = options;
    x.report = report;
    status = ap_evidence_open(&x.evidence, db, &options->evidence, err);
    if (status == AP_OK) {
        put_name(report, options);
        status = write_all(&x, err);
    }
    if (status == AP_OK && report->intact) {
        report->entries = ap_evidence_scope(x.evidence)->entries;
        report->asked_for = ap_evidence_scope(x.evidence)->asked_for;
        report->incomplete = ap_evidence_scope(x.evidence)->unsealed > 0;
        if (!options->unregistered)
            status = registration_take(&registration, db, ap_evidence_scope(x.evidence), err);
        if (status == AP_OK)
            status = finish(db, &x, err);
    }
    ap_report_free(x.pages);
    ap_bundle_free(x.bundle);
    ap_evidence_free(x.evidence);
    if (status == AP_OK && report->intact && !options->unregistered)
        registration_make(&registration, db, options, report);
    registration_free(&registration);
    return status;
}

void ap_export_report_free(struct ap_export_report *report)
{
    free(report->path);
    memset(report, 0, sizeof *report);
}
