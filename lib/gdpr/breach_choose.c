/* Which entries an incident is about: those that meet each criterion that its file gives. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "breach.h"
#include "names.h"

enum { PARAMETERS = 7 };

struct arrays {
    struct gdpr_names ids, emails, addresses, risks;
    struct ap_buf texts[4];
};

static enum ap_status add_all(struct gdpr_names *names, const struct ap_form_list *texts, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < texts->count; i++)
        status = gdpr_names_add(names, texts->items[i], err);
    return status;
}

static enum ap_status fill(struct arrays *a, const struct gdpr_incident *incident, struct ap_error *err)
{
    const struct gdpr_names *lists[] = {&a->ids, &a->emails, &a->addresses, &a->risks};
    enum ap_status status = add_all(&a->addresses, &incident->addresses, err);

    if (status == AP_OK)
        status = add_all(&a->risks, &incident->risks, err);
    for (size_t i = 0; status == AP_OK && i < incident->actors.count; i++) {
        const char *actor = incident->actors.items[i];
        char folded[GDPR_TOKEN_MAX];

        if (strchr(actor, '@') == NULL) {
            status = gdpr_names_add(&a->ids, actor, err);
        } else if (strlen(actor) < sizeof folded) {
            folded[gdpr_fold_email(folded, actor, strlen(actor))] = '\0';
            status = gdpr_names_add(&a->emails, folded, err);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        gdpr_names_array(lists[i], &a->texts[i]);
        if (status == AP_OK)
            status = ap_buf_check(&a->texts[i], "an incident's criteria", err);
    }
    return status;
}

static void free_arrays(struct arrays *a)
{
    gdpr_names_free(&a->ids);
    gdpr_names_free(&a->emails);
    gdpr_names_free(&a->addresses);
    gdpr_names_free(&a->risks);
    for (size_t i = 0; i < 4; i++)
        ap_buf_free(&a->texts[i]);
}

/* No criterion is met by everything. */
static bool matches(const struct ap_form_list *globs, const char *text)
{
    return globs->count == 0 || gdpr_texts_match(globs, text);
}

static enum ap_status take(struct ap_gdpr_breach *breach, const struct ap_rows *rows, struct ap_error *err)
{
    breach->seqs = calloc(ap_rows_count(rows) + 1, sizeof *breach->seqs);
    if (breach->seqs == NULL)
        return ap_fail_memory(err, "an incident's entries");
    for (size_t i = 0; i < ap_rows_count(rows); i++)
        if (matches(&breach->incident.actions, ap_rows_str(rows, i, 1)) &&
            matches(&breach->incident.resources, ap_rows_str(rows, i, 2)))
            breach->seqs[breach->seq_count++] = (uint64_t)ap_rows_int(rows, i, 0);
    if (breach->seq_count == 0)
        return ap_fail(err, AP_ESTATE,
                       "no entry of this tenant meets the criteria under 'entries' in %s: look at its times and names",
                       breach->options.incident.name);
    return AP_OK;
}

enum ap_status gdpr_breach_choose(void *context, const struct ap_reading *reading, const struct ap_uuid *chain,
                                  const uint64_t **seqs, size_t *count, struct ap_error *err)
{
    struct ap_gdpr_breach *breach = context;
    char id[AP_UUID_TEXT_SIZE], from[24], to[24];
    struct ap_rows *rows = NULL;
    struct arrays a;
    enum ap_status status;

    memset(&a, 0, sizeof a);
    ap_uuid_format(id, chain);
    (void)snprintf(from, sizeof from, "%" PRId64, breach->incident.from_us);
    (void)snprintf(to, sizeof to, "%" PRId64, breach->incident.to_us);
    status = fill(&a, &breach->incident, err);
    if (status == AP_OK) {
        const char *values[PARAMETERS] = {
            id, from, to, a.texts[0].data, a.texts[1].data, a.texts[2].data, a.texts[3].data};

        status = ap_reading_query(reading, "queries/gdpr_breach", PARAMETERS, values, &rows, err);
    }
    if (status == AP_OK)
        status = take(breach, rows, err);
    ap_rows_free(rows);
    free_arrays(&a);
    *seqs = breach->seqs;
    *count = breach->seq_count;
    return status;
}
