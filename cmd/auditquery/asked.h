/* What every command of auditquery is asked: filters, how to print, and for what purpose. */
#ifndef AUDITPROOF_CMD_AUDITQUERY_ASKED_H
#define AUDITPROOF_CMD_AUDITQUERY_ASKED_H

#include "auditproof/query.h"
#include "options.h"

extern const struct cli_option asked_options[];

struct asked {
    struct ap_db *db;
    struct ap_query_access access;
    struct ap_query_filter filter;
    bool proof;
    const char *color; /* "auto", "always", "never" */
    char *resource;    /* what the filter borrows of --resource; owned */
    uint64_t failed;   /* entries that did not verify, of an answer */
    bool recorded;
};

/* Whether a text that is searched for is UTF-8: AP_EINPUT names it, as "--email" or "the session". NULL is. */
AP_MUST_CHECK enum ap_status asked_check_text(const char *name, const char *text, struct ap_error *err);

/*
 * Refuse filters that a command has no use for: `names` are those that it takes, with blanks between them. Returns
 * EXIT_DONE, or what to return after a message.
 */
int asked_takes(const char *command, const char *names);

/* Do the options name an actor, an address or a session? */
bool asked_names_someone(void);
bool asked_names_something(void); /* ... or a thing, or a type of things? */

/* What an operand names, in the place of the option; before asked_open. Borrowed. */
void asked_name_resource(const char *text);
void asked_name_session(const char *text);
void asked_name_actor(const char *text); /* a UUID, or an address of mail */

/*
 * Connect, and make the filter. What row level security leaves is said on standard error; where it leaves nothing, that
 * is an error. Free in every case.
 */
AP_MUST_CHECK enum ap_status asked_open(struct asked *asked, struct ap_error *err);
void asked_free(struct asked *asked);

/*
 * Have the query chained, once, where it must be: before anything is printed. The pages, of which some may be NULL, are
 * what is printed first; none where it is not known how many entries there will be.
 */
AP_MUST_CHECK enum ap_status asked_record(struct asked *asked, const char *command, struct ap_query_page *const *pages,
                                          size_t count, struct ap_error *err);

/* What --purpose says, or NULL. */
const char *asked_purpose(void);

/* Say on standard error where a search reads more than its filters ask for. explains: the command has --explain. */
void asked_tell_plan(const struct asked *asked, const struct ap_query_plan *plan, bool explains);

/* The same of a command that reads all that fits. */
void asked_tell_scan(const struct asked *asked, const struct ap_query_plan *plan);

#endif
