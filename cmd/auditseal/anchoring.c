#include "anchoring.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "private_key.h"
#include "keys.h"
#include "shown.h"

struct anchoring_given anchoring_given = {{{NULL}, 0}, {{NULL}, 0}, {{NULL}, 0}, NULL, NULL, NULL, 30, 0};

enum { TIMEOUT_MAX_S = 3600 };

/* A name "witness:URL" for each witness of the policy that has a URL and that was not named itself. */
static enum ap_status add_witnesses(struct anchoring *a, struct ap_error *err)
{
    size_t at[AP_ANCHORS_MAX], count = 0, i, k;

    for (i = 0; i < a->policy->witness_count; i++) {
        const char *url = a->policy->witnesses[i].url;
        bool there = url == NULL;

        for (k = 0; k < a->named && !there; k++)
            there = strncmp(a->anchors[k], "witness:", 8) == 0 && strcmp(a->anchors[k] + 8, url) == 0;
        if (there)
            continue;
        if (a->named + count == AP_ANCHORS_MAX)
            return ap_fail(err, AP_EINPUT, "at most %d anchors, witnesses of the policy among them", AP_ANCHORS_MAX);
        at[count++] = a->names.len;
        ap_buf_addf(&a->names, "witness:%s", url);
        ap_buf_addc(&a->names, '\0');
    }
    /* The buffer has moved while it grew. */
    for (i = 0; i < count && !a->names.failed; i++)
        a->anchors[a->named + i] = a->names.data + at[i];
    a->count = a->named + count;
    return ap_buf_check(&a->names, "anchors", err);
}

static enum ap_status read_witness_keys(struct anchoring *a, struct ap_error *err)
{
    struct ap_digest *digest = NULL;
    enum ap_status status = ap_digest_new(&digest, err);

    for (size_t i = 0; i < anchoring_given.witness_keys.count && status == AP_OK; i++) {
        status = cli_read_key(&a->witness_keys[i], digest, anchoring_given.witness_keys.items[i], err);
        if (status == AP_OK && a->witness_keys[i].type != AP_KEY_COSIGNATURE)
            status = ap_fail(err, AP_EINPUT, "%s is no key of a witness", anchoring_given.witness_keys.items[i]);
    }
    ap_digest_free(digest);
    return status;
}

static enum ap_status check_refill(const char *name, struct ap_error *err)
{
    for (size_t i = 0; i < anchoring_given.anchors.count; i++)
        if (strcmp(anchoring_given.anchors.items[i], name) == 0)
            return AP_OK;
    return ap_fail(err, AP_EINPUT, "--refill-anchor %s is none of the anchors: name it by --anchor too", name);
}

enum ap_status anchoring_open(struct anchoring *a, struct ap_seal_options *options, struct ap_error *err)
{
    const struct anchoring_given *given = &anchoring_given;
    enum ap_status status = AP_OK;
    struct ap_anchor anchor;

    memset(a, 0, sizeof *a);
    if (given->anchors.count > AP_ANCHORS_MAX)
        return ap_fail(err, AP_EINPUT, "at most %d anchors", AP_ANCHORS_MAX);
    if (given->timeout_s < 1 || given->timeout_s > TIMEOUT_MAX_S)
        return ap_fail(err, AP_EINPUT, "--timeout is from 1 to %d seconds", TIMEOUT_MAX_S);
    if (given->required > given->anchors.count)
        return ap_fail(err, AP_EINPUT, "--require %" PRIu64 " asks for more anchors than --anchor names",
                       given->required);
    for (; a->named < given->anchors.count && status == AP_OK; a->named++) {
        a->anchors[a->named] = given->anchors.items[a->named];
        status = ap_anchor_parse(&anchor, a->anchors[a->named], err);
    }
    a->count = a->named;
    for (size_t i = 0; i < given->refill.count && status == AP_OK; i++)
        status = check_refill(given->refill.items[i], err);
    options->means.refill = given->refill.items;
    options->means.refill_count = given->refill.count;
    if (status == AP_OK && given->policy != NULL)
        status = cli_read_policy(given->policy, &a->policy, err);
    if (status == AP_OK && a->policy != NULL)
        status = add_witnesses(a, err);
    if (status == AP_OK)
        status = read_witness_keys(a, err);
    options->anchors = a->anchors;
    options->anchor_count = a->count;
    options->means.policy = a->policy;
    options->means.witness_keys = a->witness_keys;
    options->means.witness_key_count = given->witness_keys.count;
    options->means.authorities = given->tsa_ca;
    options->means.tls_ca = given->tls_ca;
    options->means.timeout_us = (int64_t)given->timeout_s * AP_US_PER_SECOND;
    options->means.stop = options->stop;
    return status;
}

void anchoring_free(struct anchoring *a)
{
    ap_policy_free(a->policy);
    ap_buf_free(&a->names);
}

uint64_t anchoring_required(const struct anchoring *a)
{
    return anchoring_given.required > 0 ? anchoring_given.required : a->named;
}

uint64_t anchoring_have(const struct anchoring *a, const struct ap_seal_report *report)
{
    uint64_t have = 0;

    for (size_t i = 0; i < a->named && i < report->anchor_count; i++)
        have += report->anchors[i].done ? 1 : 0;
    return have;
}

bool anchoring_suffices(const struct anchoring *a, const struct ap_seal_report *report)
{
    uint64_t done = anchoring_have(a, report), wanted = anchoring_required(a);

    /* Nothing was handed over: nothing is sealed, or nothing may be. */
    if (report->anchor_count == 0 && (report->size == 0 || report->refused))
        return true;
    if (done < wanted)
        cli_error("%" PRIu64 " of %zu anchors have the newest checkpoint; %" PRIu64 " must", done, a->named, wanted);
    if (a->policy != NULL && !report->quorum)
        cli_error("the newest checkpoint does not fulfil the policy: the witnesses that it asks for have not cosigned, "
                  "or it does not name this log");
    return done >= wanted && (a->policy == NULL || report->quorum);
}

/* What an anchor shows, or just took, is one thing; that the database has its answer from then is another. */
void anchoring_print(const struct ap_anchor_result *anchor)
{
    char at[AP_TIME_TEXT_SIZE];

    ap_time_format(at, anchor->answered_us);
    (void)fputs("Anchor ", stdout);
    cli_put(stdout, anchor->name);
    if (!anchor->done)
        (void)printf(": LACKS IT: %s", anchor->message);
    else if (anchor->asked)
        (void)printf(": has it");
    else
        (void)printf(": answered on %s; not asked again", at);
    if (!anchor->done && anchor->message[0] == '\0')
        (void)printf("it answered for %" PRIu64 " seals on %s", anchor->size, at);
    (void)putchar('\n');
}

void anchoring_add_json(struct ap_buf *out, const struct ap_seal_report *report, size_t named)
{
    char at[AP_TIME_TEXT_SIZE];

    ap_buf_adds(out, ",\"anchors\":[");
    for (size_t i = 0; i < report->anchor_count; i++) {
        const struct ap_anchor_result *anchor = &report->anchors[i];

        ap_time_format(at, anchor->answered_us);
        ap_buf_adds(out, i == 0 ? "{\"name\":" : ",{\"name\":");
        ap_json_string(out, anchor->name);
        ap_buf_addf(out, ",\"named\":%s,\"done\":%s,\"asked\":%s,\"size\":%" PRIu64 ",\"answered_at\":",
                    i < named ? "true" : "false", anchor->done ? "true" : "false", anchor->asked ? "true" : "false",
                    anchor->size);
        ap_json_string(out, anchor->answered_us != 0 ? at : NULL);
        ap_buf_adds(out, ",\"message\":");
        ap_json_string(out, anchor->done || anchor->message[0] == '\0' ? NULL : anchor->message);
        ap_buf_addc(out, '}');
    }
    ap_buf_addc(out, ']');
}
