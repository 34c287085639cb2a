/* sample --bundle: drawn by an auditor, from what he was given, without whoever gave it. */
#include "auditproof/redraw.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "commands.h"

enum { FINDINGS_SAID = 10 };

struct redrawing {
    struct export_offline given;
    struct ap_redraw_options options;
    const char *bundle, *compare;
    struct ap_sample sample;
    struct ap_redraw redraw;
    struct ap_buf differences;
};

static enum ap_status open_bundle(const char *file, int *fd, struct ap_error *err)
{
    *fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return *fd < 0 ? ap_fail_errno(err, errno, "cannot read %s", file) : AP_OK;
}

/* False, and told, where it has findings. */
static bool is_sound(const char *file, const struct ap_bundle_check_report *checked)
{
    for (size_t i = 0; i < checked->finding_count; i++)
        cli_error("%s: %s%s%s: %s", file, ap_finding_name(checked->findings[i].kind),
                  checked->findings[i].object[0] != '\0' ? " " : "", checked->findings[i].object,
                  checked->findings[i].detail);
    if (checked->verdict == AP_BUNDLE_FINDINGS)
        cli_error("%s does not verify: nothing was drawn (auditverify tells all that is wrong with it)", file);
    else if (checked->verdict == AP_BUNDLE_INTACT)
        cli_warn("%s is intact, and says itself whose it is: give the keys with --vkey, and --log-key where the log has"
                 " another",
                 file);
    return checked->verdict != AP_BUNDLE_FINDINGS;
}

/* What was given is the auditor's, and what the sample says of itself is to be the same. */
static enum ap_status settle_draw(struct redrawing *r, const struct ap_evidence_draw *asked, struct ap_error *err)
{
    const struct ap_evidence_draw *said = &r->sample.draw;

    r->options.draw = *asked;
    if (r->compare == NULL && asked->n == 0)
        return ap_fail(err, AP_EINPUT, "how many? Give --n, 1 to %d", AP_EVIDENCE_SAMPLE_MAX);
    if (r->compare == NULL && asked->seed == NULL)
        return ap_fail(err, AP_EINPUT, "a sample is drawn by a seed that the auditor chose: give --seed");
    if (r->compare == NULL)
        return AP_OK;
    if (asked->n == 0)
        r->options.draw.n = said->n;
    if (asked->seed == NULL)
        r->options.draw.seed = said->seed;
    if (asked->action_count == 0) {
        r->options.draw.actions = said->actions;
        r->options.draw.action_count = said->action_count;
    }
    if (asked->seed == NULL)
        cli_warn("the seed is what %s says; give yours with --seed", r->compare);
    if (asked->action_count == 0 && said->action_count > 0)
        cli_warn("%s says that it was drawn of entries with certain actions only; give those that you asked for with"
                 " --action, which is '*' for all",
                 r->compare);
    if (said->n != r->options.draw.n)
        ap_buf_addf(&r->differences, "the sample was drawn to have %zu entries, and not %zu\n", said->n,
                    r->options.draw.n);
    if (strcmp(said->seed, r->options.draw.seed) != 0)
        ap_buf_adds(&r->differences, "the sample was drawn with another seed\n");
    return ap_buf_check(&r->differences, "what differs", err);
}

static enum ap_status read_sample(struct redrawing *r, bool *sound, struct ap_error *err)
{
    int fd;
    enum ap_status status = open_bundle(r->compare, &fd, err);

    if (status != AP_OK)
        return status;
    status = ap_sample_read(&r->sample, fd, r->compare, &r->options.check, err);
    (void)close(fd);
    *sound = status == AP_OK && is_sound(r->compare, &r->sample.checked);
    r->options.from_us = r->sample.checked.about.from_us;
    r->options.to_us = r->sample.checked.about.to_us;
    r->options.to_seq = r->sample.checked.about.chain_size;
    return status;
}

static enum ap_status read_period(struct redrawing *r, bool *sound, struct ap_error *err)
{
    int fd;
    enum ap_status status = open_bundle(r->bundle, &fd, err);

    if (status != AP_OK)
        return status;
    status = ap_redraw(&r->redraw, fd, r->bundle, &r->options, err);
    (void)close(fd);
    *sound = status == AP_OK && is_sound(r->bundle, &r->redraw.checked);
    return status;
}

static const char *verdict(const struct ap_bundle_check_report *checked)
{
    return checked->verdict == AP_BUNDLE_TRUSTED ? "trusted" : "intact";
}

static void add_bundle(struct ap_buf *json, const char *name, const char *file,
                       const struct ap_bundle_check_report *checked)
{
    ap_buf_addf(json, "\"%s\":{\"file\":", name);
    ap_json_string(json, file);
    ap_buf_addf(json, ",\"verdict\":\"%s\",\"sha256\":\"", verdict(checked));
    ap_buf_add_hex(json, checked->sha256, AP_HASH_LEN);
    ap_buf_adds(json, "\"},");
}

static void add_differences(struct ap_buf *json, const struct ap_buf *lines)
{
    const char *at = ap_buf_str(lines);

    ap_buf_addf(json, "\"same\":%s,\"differences\":[", lines->len == 0 ? "true" : "false");
    for (size_t len; *at != '\0'; at += len + 1) {
        len = strcspn(at, "\n");
        ap_buf_adds(json, at == lines->data ? "" : ",");
        ap_json_string_n(json, at, len);
    }
    ap_buf_adds(json, "],");
}

static void put_json(const struct redrawing *r, struct ap_buf *json)
{
    char hex[AP_HASH_TEXT_SIZE];

    memset(hex, 0, sizeof hex);
    ap_buf_addc(json, '{');
    add_bundle(json, "bundle", r->bundle, &r->redraw.checked);
    if (r->compare != NULL) {
        add_bundle(json, "sample", r->compare, &r->sample.checked);
        add_differences(json, &r->differences);
    }
    ap_buf_addf(json,
                "\"from_us\":%" PRId64 ",\"to_us\":%" PRId64 ",\"population\":%" PRIu64 ",\"purged\":%" PRIu64
                ",\"seed\":",
                r->redraw.from_us, r->redraw.to_us, r->redraw.population, r->redraw.checked.purged);
    ap_json_string(json, r->options.draw.seed);
    ap_buf_adds(json, ",\"drawn\":[");
    for (size_t i = 0; i < r->redraw.drawn_count; i++) {
        ap_hex_encode(hex, r->redraw.drawn[i].rank, AP_HASH_LEN);
        ap_buf_addf(json, "%s{\"rank\":%zu,\"seq\":%" PRIu64 ",\"hmac_sha256\":\"%s\"}", i == 0 ? "" : ",", i + 1,
                    r->redraw.drawn[i].seq, hex);
    }
    ap_buf_adds(json, "]}\n");
}

/* Standard output has the list, which is data/sample.csv to the byte, or what the comparison gave. */
static void put_text(const struct redrawing *r, struct ap_buf *text)
{
    const char *at = ap_buf_str(&r->differences);
    char from[AP_TIME_TEXT_SIZE], to[AP_TIME_TEXT_SIZE];

    if (r->compare == NULL) {
        ap_draw_csv(text, r->redraw.drawn, r->redraw.drawn_count);
        return;
    }
    ap_time_format(from, r->redraw.from_us);
    ap_time_format(to, r->redraw.to_us);
    ap_buf_addf(text, "%s is %s what its seed draws from %s: %zu of %" PRIu64 " entries of %s to %s\n", r->compare,
                *at == '\0' ? "exactly" : "not", r->bundle, r->redraw.drawn_count, r->redraw.population, from, to);
    for (size_t len; *at != '\0'; at += len + 1) {
        len = strcspn(at, "\n");
        ap_buf_addf(text, "  %.*s\n", (int)len, at);
    }
}

static enum ap_status tell(const struct redrawing *r, struct ap_error *err)
{
    struct ap_buf out = AP_BUF_INIT;
    enum ap_status status;

    if (r->given.json)
        put_json(r, &out);
    else
        put_text(r, &out);
    status = ap_buf_check(&out, "what was drawn", err);
    if (status == AP_OK)
        (void)fwrite(out.data, 1, out.len, stdout);
    ap_buf_free(&out);
    if (r->compare == NULL && r->redraw.checked.about.incomplete)
        cli_warn("%s says that it is incomplete: entries of its period that no seal covered yet could not be drawn",
                 r->bundle);
    if (r->compare == NULL)
        cli_say("%zu of %" PRIu64 " entries of %s, which is %s", r->redraw.drawn_count, r->redraw.population, r->bundle,
                verdict(&r->redraw.checked));
    return status;
}

/* A row that left after its window cannot be drawn any more: what differs may be that. */
static int judge(const struct redrawing *r)
{
    if (r->differences.len == 0)
        return EXIT_DONE;
    if (r->redraw.checked.purged == 0)
        return EXIT_FINDINGS;
    cli_error("%s has %" PRIu64 " entries whose row left after its window, which nobody can draw any more: so it cannot"
              " be told whether the sample was right; a bundle of the period from before that could tell",
              r->bundle, r->redraw.checked.purged);
    return EXIT_UNKNOWN;
}

static int run(struct redrawing *r, const struct ap_evidence_draw *asked)
{
    struct ap_error err;
    bool sound = true;
    enum ap_status status = export_offline(&r->given, &err);

    r->options.check.pins = r->given.pins;
    r->options.check.pin_count = r->given.pin_count;
    r->options.check.max_findings = FINDINGS_SAID;
    r->options.from_us = r->given.from_us;
    r->options.to_us = r->given.to_us;
    if (status == AP_OK && r->compare != NULL && (r->given.from_us != INT64_MIN || r->given.to_us != INT64_MIN))
        status = ap_fail(&err, AP_EINPUT, "the period is the sample's; leave --from and --to out");
    if (status == AP_OK && r->compare != NULL)
        status = read_sample(r, &sound, &err);
    if (status == AP_OK && sound)
        status = settle_draw(r, asked, &err);
    if (status == AP_OK && sound)
        status = read_period(r, &sound, &err);
    if (status == AP_OK && sound && r->compare != NULL)
        status = ap_redraw_compare(&r->redraw, &r->sample, &r->differences, &err);
    if (status == AP_OK && sound)
        status = tell(r, &err);
    return status != AP_OK ? cli_fail(&err) : !sound ? EXIT_FINDINGS : judge(r);
}

int redraw_main(const char *bundle, const char *compare, const struct ap_evidence_draw *draw)
{
    struct redrawing r;
    int result;

    memset(&r, 0, sizeof r);
    r.bundle = bundle;
    r.compare = compare;
    result = run(&r, draw);
    ap_redraw_free(&r.redraw);
    ap_sample_free(&r.sample);
    ap_buf_free(&r.differences);
    return result;
}
