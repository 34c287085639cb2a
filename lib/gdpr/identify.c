/*
 * Who the subject is: the ids and e-mail addresses that are theirs within the organization. One person's data must not
 * go to another, so that whatever could be two people is refused, with what to do.
 */
#include <stdlib.h>
#include <string.h>

#include "subject.h"

struct asking {
    struct ap_gdpr_subject *subject;
    const struct ap_reading *reading;
    const char *chain;
    bool by_id;                /* the subject was given by id */
    struct gdpr_names given;   /* e-mail addresses that the caller named */
    struct gdpr_names ids;     /* accounts with one of those */
    struct gdpr_names seen;    /* e-mail addresses of the subject's account */
    uint64_t deleted;          /* entries of deleted accounts with an e-mail address of the subject's */
    const char *deleted_email; /* one of those; in seen or given */
    struct ap_buf id_array, email_array;
};

static enum ap_status add_given(struct asking *a, const char *text, struct ap_error *err)
{
    struct gdpr_identity *is = &a->subject->identity;
    char folded[GDPR_TOKEN_MAX], id[AP_UUID_TEXT_SIZE];
    struct gdpr_token token;
    struct ap_uuid uuid;
    size_t len = strlen(text), at = strcspn(text, "@");

    if (ap_uuid_parse(&uuid, text)) {
        ap_uuid_format(id, &uuid);
        a->by_id = true;
        return gdpr_names_add(&is->ids, id, err);
    }
    if (len >= sizeof folded || at == len || !gdpr_scan_at(text, len, at, &token) || token.kind != GDPR_EMAIL ||
        token.at != 0 || token.len != len)
        return ap_fail(err, AP_EINPUT, "\"%.80s\" is neither an id nor an e-mail address", text);
    folded[gdpr_fold_email(folded, text, len)] = '\0';
    return gdpr_names_add(&a->given, folded, err);
}

static enum ap_status query(struct asking *a, const char *name, const struct gdpr_names *ids,
                            const struct gdpr_names *emails, struct ap_rows **rows, struct ap_error *err)
{
    const char *values[3];
    enum ap_status status;

    gdpr_names_array(ids, &a->id_array);
    gdpr_names_array(emails, &a->email_array);
    status = ap_buf_check(&a->id_array, "ids", err);
    if (status == AP_OK)
        status = ap_buf_check(&a->email_array, "e-mail addresses", err);
    values[0] = a->chain;
    values[1] = a->id_array.data;
    values[2] = a->email_array.data;
    return status == AP_OK ? ap_reading_query(a->reading, name, 3, values, rows, err) : status;
}

/* What a query says of accounts: id and e-mail address in its first two columns. */
static enum ap_status take_accounts(struct asking *a, const struct ap_rows *rows, bool *any, struct ap_error *err)
{
    struct gdpr_identity *is = &a->subject->identity;
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        const char *id = ap_rows_text(rows, i, 0), *email = ap_rows_text(rows, i, 1);

        if (id == NULL)
            continue;
        *any = true;
        if (gdpr_names_have(&is->ids, id))
            status = gdpr_names_add(&a->seen, email, err);
        else
            status = gdpr_names_add(&a->ids, id, err);
    }
    return status;
}

static enum ap_status ask_directory(struct asking *a, const char *name, bool *any, struct ap_error *err)
{
    struct gdpr_identity *is = &a->subject->identity;
    struct ap_rows *rows;
    enum ap_status status = query(a, name, &is->ids, &a->given, &rows, err);

    if (status != AP_OK)
        return status;
    status = take_accounts(a, rows, any, err);
    for (size_t i = 0; status == AP_OK && any == &is->by_profiles && i < ap_rows_count(rows); i++) {
        if (!gdpr_names_have(&is->ids, ap_rows_str(rows, i, 0)))
            continue;
        ap_buf_clear(&is->profile);
        ap_buf_adds(&is->profile, ap_rows_str(rows, i, 2));
        /* Its present address is the account's own; who names an address instead must know of each that it had. */
        if (a->by_id)
            status = gdpr_names_add(&a->given, ap_rows_text(rows, i, 1), err);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status ask_directories(struct asking *a, struct ap_error *err)
{
    struct gdpr_identity *is = &a->subject->identity;
    struct ap_rows *rows;
    bool profiles = false, users = false;
    enum ap_status status = ap_db_query(a->reading->db, ap_sql("queries/gdpr_readable"), 0, NULL, &rows, err);

    if (status != AP_OK)
        return status;
    profiles = ap_rows_bool(rows, 0, 0);
    users = profiles && ap_rows_bool(rows, 0, 1);
    ap_rows_free(rows);
    if (profiles)
        status = ask_directory(a, "queries/gdpr_profiles", &is->by_profiles, err);
    if (status == AP_OK && users)
        status = ask_directory(a, "queries/gdpr_users", &is->by_users, err);
    return status;
}

static enum ap_status ask_entries(struct asking *a, struct ap_error *err)
{
    struct gdpr_identity *is = &a->subject->identity;
    struct ap_rows *rows;
    enum ap_status status = query(a, "queries/gdpr_actors", &is->ids, &a->given, &rows, err);

    if (status != AP_OK)
        return status;
    status = take_accounts(a, rows, &is->by_entries, err);
    a->deleted = 0;
    for (size_t i = 0; i < ap_rows_count(rows); i++)
        if (ap_rows_text(rows, i, 0) == NULL)
            a->deleted += (uint64_t)ap_rows_int(rows, i, 2);
    is->by_entries = is->by_entries || a->deleted > 0;
    ap_rows_free(rows);
    return status;
}

static enum ap_status ask(struct asking *a, struct ap_error *err)
{
    enum ap_status status = ask_directories(a, err);

    return status == AP_OK ? ask_entries(a, err) : status;
}

/* The one account that has the given address. */
static enum ap_status settle_account(struct asking *a, struct ap_error *err)
{
    struct gdpr_identity *is = &a->subject->identity;
    enum ap_status status;

    if (is->ids.count > 0 || a->ids.count == 0)
        return AP_OK;
    if (a->ids.count > 1)
        return ap_fail(err, AP_ESTATE,
                       "%zu accounts of this organization have used %s, %s and %s among them: who is meant? Give the"
                       " account with --subject UUID",
                       a->ids.count, a->given.items[0], a->ids.items[0], a->ids.items[1]);
    status = gdpr_names_add(&is->ids, a->ids.items[0], err);
    gdpr_names_free(&a->ids);
    /* Now with its id: it may have other addresses. */
    return status == AP_OK ? ask(a, err) : status;
}

/* An address that the caller did not name, on entries of the subject's account: whose was it? */
static enum ap_status check_addresses(struct asking *a, struct ap_error *err)
{
    for (size_t i = 0; i < a->seen.count; i++)
        if (!gdpr_names_have(&a->given, a->seen.items[i]) && (a->given.count > 0 || a->seen.count > 1))
            return ap_fail(err, AP_ESTATE,
                           "account %s also has or had the address %s: if that is this subject's, too, confirm it with"
                           " --also %s; if another person has or had the account, their entries must not be given out,"
                           " and this export cannot be made",
                           a->subject->identity.ids.items[0], a->seen.items[i], a->seen.items[i]);
    return AP_OK;
}

/* Addresses that others used as well find nothing of the subject's, unless the caller named them. */
static enum ap_status settle_emails(struct asking *a, struct ap_error *err)
{
    const struct ap_gdpr_subject_options *options = &a->subject->options;
    struct gdpr_identity *is = &a->subject->identity;
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < a->given.count; i++)
        status = gdpr_names_add(&is->emails, a->given.items[i], err);
    for (size_t i = 0; status == AP_OK && i < a->seen.count; i++)
        status = gdpr_names_add(&is->emails, a->seen.items[i], err);
    if (status != AP_OK || a->deleted == 0)
        return status;
    if (is->ids.count == 0 || a->by_id) {
        /* Of those given by the caller; what a directory says of a living account tells nothing of a deleted one. */
        for (size_t i = 0; status == AP_OK && i < options->also_count + 1; i++) {
            const char *text = i == 0 ? options->subject : options->also[i - 1];
            char folded[GDPR_TOKEN_MAX];

            if (strchr(text, '@') == NULL)
                continue;
            folded[gdpr_fold_email(folded, text, strlen(text))] = '\0';
            status = gdpr_names_add(&is->deleted, folded, err);
        }
        return status;
    }
    return ap_fail(err, AP_ESTATE,
                   "account %s has this address, and so have %llu entries of an account that was deleted: if both are"
                   " this person's, give --subject %s --also ADDRESS; if not, --subject %s",
                   is->ids.items[0], (unsigned long long)a->deleted, is->ids.items[0], is->ids.items[0]);
}

static enum ap_status fill_own(struct ap_gdpr_subject *subject, struct ap_error *err)
{
    const struct gdpr_names *lists[] = {&subject->identity.ids, &subject->identity.emails};
    enum ap_status status = AP_OK;

    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; status == AP_OK && i < lists[l]->count; i++)
            status = gdpr_own_add_text(&subject->own, lists[l]->items[i], strlen(lists[l]->items[i]), err);
    return status;
}

static const char *least(const struct gdpr_names *names)
{
    const char *is = names->items[0];

    for (size_t i = 1; i < names->count; i++)
        if (strcmp(names->items[i], is) < 0)
            is = names->items[i];
    return is;
}

/* So that two people's bundles of one day have two names, from which neither can be read. */
static enum ap_status name_bundle(struct asking *a, struct ap_error *err)
{
    const struct gdpr_identity *is = &a->subject->identity;
    const char *who = least(is->ids.count > 0 ? &is->ids : &is->emails);
    const struct ap_span spans[] = {{a->chain, strlen(a->chain)}, {who, strlen(who)}};
    uint8_t hash[AP_HASH_LEN];
    struct ap_digest *digest;
    enum ap_status status = ap_digest_new(&digest, err);

    if (status == AP_OK)
        status = ap_digest_spans(digest, hash, spans, 2, err);
    if (status == AP_OK)
        ap_hex_encode(a->subject->suffix, hash, sizeof a->subject->suffix / 2);
    ap_digest_free(digest);
    return status;
}

static enum ap_status identify(struct asking *a, struct ap_error *err)
{
    const struct ap_gdpr_subject_options *options = &a->subject->options;
    const struct gdpr_identity *is = &a->subject->identity;
    enum ap_status status = add_given(a, options->subject, err);

    for (size_t i = 0; status == AP_OK && i < options->also_count; i++)
        status = add_given(a, options->also[i], err);
    if (status == AP_OK)
        status = ask(a, err);
    if (status == AP_OK)
        status = settle_account(a, err);
    if (status == AP_OK)
        status = check_addresses(a, err);
    if (status == AP_OK)
        status = settle_emails(a, err);
    if (status == AP_OK && !is->by_profiles && !is->by_users && !is->by_entries)
        status = ap_fail(err, AP_ESTATE,
                         "no account and no entry of this organization has %s: is it the right organization, and"
                         " spelled as it is there? Of a deleted account, give the e-mail address with --also",
                         options->subject);
    if (status == AP_OK)
        status = fill_own(a->subject, err);
    return status == AP_OK ? name_bundle(a, err) : status;
}

static enum ap_status read_years(struct asking *a, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_reading_query(a->reading, "queries/gdpr_years", 1, &a->chain, &rows, err);

    if (status == AP_OK)
        a->subject->policy_years = (int)ap_rows_int(rows, 0, 0);
    ap_rows_free(rows);
    return status;
}

enum ap_status gdpr_identify(struct ap_gdpr_subject *subject, const struct ap_reading *reading,
                             const struct ap_uuid *chain, struct ap_error *err)
{
    char id[AP_UUID_TEXT_SIZE];
    struct asking a;
    enum ap_status status;

    memset(&a, 0, sizeof a);
    ap_uuid_format(id, chain);
    a.subject = subject;
    a.reading = reading;
    a.chain = id;
    status = identify(&a, err);
    if (status == AP_OK)
        status = read_years(&a, err);
    gdpr_names_free(&a.given);
    gdpr_names_free(&a.ids);
    gdpr_names_free(&a.seen);
    ap_buf_free(&a.id_array);
    ap_buf_free(&a.email_array);
    return status;
}
