#include "lint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = 2 * GDPR_TOKEN_MAX };

struct gdpr_lint_member {
    struct gdpr_lint_member *next;
    char path[AP_BUNDLE_PATH_MAX + 1];
    struct ap_buf text; /* of what was written: what is still to be looked at, after what may be part of it */
    size_t from;        /* in it, where to go on */
};

/*
 * Signatures of the archive's bytes and over a hash, which are no text; and programs that are the same in every bundle,
 * with numbers of objects in them that look like addresses. They hold nothing of a log.
 */
static bool holds_nothing_of_a_log(const char *path)
{
    static const char *const paths[] = {"tagmanifest.sig", "proof/timestamp.tsr", "verify.html",
                                        "verify.sh",       "verify.ps1",          NULL};

    for (size_t i = 0; paths[i] != NULL; i++)
        if (strcmp(path, paths[i]) == 0)
            return true;
    return false;
}

static void drop(struct gdpr_lint *lint, struct gdpr_lint_member *member)
{
    struct gdpr_lint_member **link = &lint->members;

    while (*link != member)
        link = &(*link)->next;
    *link = member->next;
    ap_buf_free(&member->text);
    free(member);
}

void gdpr_lint_free(struct gdpr_lint *lint)
{
    while (lint->members != NULL)
        drop(lint, lint->members);
}

static struct gdpr_lint_member *find(struct gdpr_lint *lint, const char *path)
{
    struct gdpr_lint_member *member = lint->members;

    while (member != NULL && strcmp(member->path, path) != 0)
        member = member->next;
    if (member != NULL)
        return member;
    member = calloc(1, sizeof *member);
    if (member == NULL)
        return NULL;
    memcpy(member->path, path, strlen(path) + 1);
    member->next = lint->members;
    lint->members = member;
    return member;
}

/* What it looked like, for who has to find it; not what it was. */
static enum ap_status fail(const struct gdpr_lint *lint, const struct gdpr_lint_member *member,
                           const struct gdpr_token *token, struct ap_error *err)
{
    static const char *const kinds[] = {"an e-mail address", "an id", "an IP address"};
    char first = member->text.data[token->at], entry[40] = "";

    if (lint->entry != NULL && *lint->entry > 0)
        (void)snprintf(entry, sizeof entry, ", in entry %" PRIu64, *lint->entry);
    return ap_fail(err, AP_ESTATE, "%s would hold %s that %s (%c..., %zu characters)%s: nothing was written. %s",
                   member->path, kinds[token->kind], lint->why, first >= ' ' && first < 0x7f ? first : '?', token->len,
                   entry, lint->advice);
}

static void forget(struct gdpr_lint_member *member)
{
    size_t gone = member->from > KEPT ? member->from - KEPT : 0;

    if (gone == 0)
        return;
    memmove(member->text.data, member->text.data + gone, member->text.len - gone);
    member->text.len -= gone;
    member->from -= gone;
}

enum ap_status gdpr_lint_inspect(void *context, const char *path, const void *bytes, size_t len, bool end,
                                 struct ap_error *err)
{
    struct gdpr_lint *lint = context;
    struct gdpr_lint_member *member;
    enum ap_status status = AP_OK;
    struct gdpr_token token;
    size_t limit;

    if (holds_nothing_of_a_log(path))
        return AP_OK;
    member = find(lint, path);
    if (member == NULL)
        return ap_fail_memory(err, "the last look at a bundle");
    ap_buf_add(&member->text, bytes, len);
    status = ap_buf_check(&member->text, "the last look at a bundle", err);
    limit = member->text.len;
    /* What the next bytes may belong to waits for them; nothing goes on past the end of a line. */
    if (!end && (limit == 0 || member->text.data[limit - 1] != '\n'))
        limit = limit > KEPT ? limit - KEPT : 0;
    if (status == AP_OK &&
        gdpr_own_next_foreign(lint->own, ap_buf_str(&member->text), member->text.len, &member->from, limit, &token))
        status = fail(lint, member, &token, err);
    if (status == AP_OK && end)
        drop(lint, member);
    else if (status == AP_OK)
        forget(member);
    return status;
}
