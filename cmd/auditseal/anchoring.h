/* Anchors from the command line, and what they need. */
#ifndef AUDITPROOF_CMD_AUDITSEAL_ANCHORING_H
#define AUDITPROOF_CMD_AUDITSEAL_ANCHORING_H

#include "auditproof/seal.h"
#include "options.h"

/* What the options say. */
struct anchoring_given {
    struct cli_list anchors, witness_keys, refill;
    const char *policy, *tsa_ca, *tls_ca;
    uint64_t timeout_s, required;
};

extern struct anchoring_given anchoring_given;

#define ANCHORING_TIMESTAMP_OPTIONS                                                                                    \
    {0,                                                                                                                \
     "tsa-ca",                                                                                                         \
     "FILE",                                                                                                           \
     CLI_STRING,                                                                                                       \
     &anchoring_given.tsa_ca,                                                                                          \
     NULL,                                                                                                             \
     "certificates that vouch for time-stamps",                                                                        \
     "Certificates (PEM, or a directory of them) that must vouch for time-stamps.\nWithout it, a time-stamp is held "  \
     "to be over the\nright bytes and an answer to our request, but not who signed it."},                              \
        {0,                                                                                                            \
         "tls-ca",                                                                                                     \
         "FILE",                                                                                                       \
         CLI_STRING,                                                                                                   \
         &anchoring_given.tls_ca,                                                                                      \
         NULL,                                                                                                         \
         "certificates that vouch for servers of https",                                                               \
         "Certificates (PEM) that must vouch for the servers of\n.Li https\nthat are asked, instead of the "           \
         "system's."},                                                                                                 \
    {                                                                                                                  \
        0, "timeout", "SECONDS", CLI_U64, &anchoring_given.timeout_s, NULL,                                            \
            "bound on one anchor that is asked over HTTP",                                                             \
            "Seconds that one request to a witness or an authority may take, all of three attempts; 30 by default."    \
    }

#define ANCHORING_OPTIONS                                                                                              \
    {'a',                                                                                                              \
     "anchor",                                                                                                         \
     "ANCHOR",                                                                                                         \
     CLI_LIST,                                                                                                         \
     &anchoring_given.anchors,                                                                                         \
     NULL,                                                                                                             \
     "dir:PATH, exec:COMMAND, witness:URL, tsa:URL",                                                                   \
     "A place outside of the database that keeps the checkpoint; may be repeated.\nSee\n.Sx ANCHORS ."},               \
        {0,                                                                                                            \
         "require",                                                                                                    \
         "K",                                                                                                          \
         CLI_U64,                                                                                                      \
         &anchoring_given.required,                                                                                    \
         NULL,                                                                                                         \
         "how many of the anchors must have it; default: all",                                                         \
         "How many of the anchors named by\n.Fl -anchor\nmust have the newest checkpoint for exit status 0; by "       \
         "default "                                                                                                    \
         "all."},                                                                                                      \
        {0,                                                                                                            \
         "policy",                                                                                                     \
         "FILE",                                                                                                       \
         CLI_STRING,                                                                                                   \
         &anchoring_given.policy,                                                                                      \
         NULL,                                                                                                         \
         "witnesses to ask, and how many must cosign",                                                                 \
         "A trust policy (C2SP tlog-policy).\nEach witness in it that has a URL is asked to cosign, as if it were an " \
         "anchor; that its quorum has cosigned,\nand not each of them, makes exit status 0."},                         \
        {0,                                                                                                            \
         "witness-key",                                                                                                \
         "VKEY|FILE",                                                                                                  \
         CLI_LIST,                                                                                                     \
         &anchoring_given.witness_keys,                                                                                \
         NULL,                                                                                                         \
         "verifier key of a witness",                                                                                  \
         "The verifier key of a witness that\n.Fl -anchor\nnames; may be repeated."},                                  \
        ANCHORING_TIMESTAMP_OPTIONS

/* The same, ready to use. */
struct anchoring {
    const char *anchors[AP_ANCHORS_MAX]; /* those given, then the policy's witnesses */
    size_t count, named;                 /* all, and given */
    struct ap_policy *policy;
    struct ap_vkey witness_keys[CLI_LIST_MAX];
    struct ap_buf names; /* of the policy's witnesses */
};

/* Fills options' anchors and means. Free in every case. */
AP_MUST_CHECK enum ap_status anchoring_open(struct anchoring *out, struct ap_seal_options *options,
                                            struct ap_error *err);
void anchoring_free(struct anchoring *anchoring);

/* How many of the anchors that were named must have the newest checkpoint. */
uint64_t anchoring_required(const struct anchoring *anchoring);

/* How many of them have it. */
uint64_t anchoring_have(const struct anchoring *anchoring, const struct ap_seal_report *report);

/* What one has, in a line on stdout; and those of a report as a JSON member, of which the first were named. */
void anchoring_print(const struct ap_anchor_result *anchor);
void anchoring_add_json(struct ap_buf *out, const struct ap_seal_report *report, size_t named);

/* Have as many anchors the newest checkpoint as must, and the policy's quorum of witnesses? Says on stderr what not. */
bool anchoring_suffices(const struct anchoring *anchoring, const struct ap_seal_report *report);

#endif
