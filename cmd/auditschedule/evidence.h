/* What reports of evidence are made and checked with: options of `make`, which `run` hands on. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_EVIDENCE_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_EVIDENCE_H

#include "auditproof/policy.h"
#include "auditproof/verify.h"
#include "options.h"

struct evidence_asked {
    const char *key, *vkey, *passphrase_file; /* what signs bundles */
    struct cli_list log_keys, anchors;        /* what chains are held against */
    const char *policy, *authorities;
    uint64_t settle_seconds;
    bool allow_incomplete;
};

extern struct evidence_asked evidence_asked;

/* Rows of a table of options. */
#define EVIDENCE_OPTIONS                                                                                               \
    {0,                                                                                                                \
     "key",                                                                                                            \
     "FILE|URI",                                                                                                       \
     CLI_STRING,                                                                                                       \
     &evidence_asked.key,                                                                                              \
     NULL,                                                                                                             \
     "private key that signs bundles",                                                                                 \
     "The private key that signs the bundle of\n.Cm soc2_evidence ,\nas\n.Xr auditexport 1\ntakes it; its verifier "   \
     "key is in\n.Pa FILE.pub ,\nor given with\n.Fl -vkey ."},                                                         \
        {0,   "vkey", "VKEY|FILE", CLI_STRING, &evidence_asked.vkey, NULL, "its verifier key, when not in FILE.pub",   \
         NULL},                                                                                                        \
        {0,                                                                                                            \
         "passphrase-file",                                                                                            \
         "FILE",                                                                                                       \
         CLI_STRING,                                                                                                   \
         &evidence_asked.passphrase_file,                                                                              \
         NULL,                                                                                                         \
         "file with the key's passphrase",                                                                             \
         NULL},                                                                                                        \
        {0,                                                                                                            \
         "log-key",                                                                                                    \
         "VKEY|FILE",                                                                                                  \
         CLI_LIST,                                                                                                     \
         &evidence_asked.log_keys,                                                                                     \
         NULL,                                                                                                         \
         "verifier key of the seal log",                                                                               \
         "The verifier key that must have signed the checkpoints of the seal log, or a file with it; got from "        \
         "somewhere other than the database.\nWhere it was changed, give it again for each key, oldest first, or the " \
         "first alone\n.Pq see Xr auditverify 1 .\nFor\n.Cm soc2_evidence :\nwhen it is not that of\n.Fl -key ."},     \
        {0,                                                                                                            \
         "policy",                                                                                                     \
         "FILE",                                                                                                       \
         CLI_STRING,                                                                                                   \
         &evidence_asked.policy,                                                                                       \
         NULL,                                                                                                         \
         "the log's keys, witnesses and quorum, as C2SP tlog-policy",                                                  \
         "Instead of\n.Fl -log-key :\na policy as\n.Xr auditverify 1\ntakes it."},                                     \
        {0,                                                                                                            \
         "anchors",                                                                                                    \
         "PATH",                                                                                                       \
         CLI_LIST,                                                                                                     \
         &evidence_asked.anchors,                                                                                      \
         NULL,                                                                                                         \
         "checkpoints kept elsewhere: a file or directory",                                                            \
         "Checkpoints that were kept elsewhere: a file, or a directory that is "                                       \
         "searched for\n.Pa *.note .\nMay be repeated."},                                                              \
        {0,                                                                                                            \
         "tsa-ca",                                                                                                     \
         "FILE",                                                                                                       \
         CLI_STRING,                                                                                                   \
         &evidence_asked.authorities,                                                                                  \
         NULL,                                                                                                         \
         "certificates that vouch for time-stamps",                                                                    \
         "Check time-stamps over checkpoints against the certificates in this file, "                                  \
         "or directory."},                                                                                             \
        {0,                                                                                                            \
         "settle",                                                                                                     \
         "SECONDS",                                                                                                    \
         CLI_U64,                                                                                                      \
         &evidence_asked.settle_seconds,                                                                               \
         NULL,                                                                                                         \
         "wait for open transactions, and seals, so long at most (60)",                                                \
         "Wait so long at most for the transactions that are open, and for a seal over what is reported of; see\n"     \
         ".Sx SETTLING ."},                                                                                            \
    {                                                                                                                  \
        0, "allow-incomplete", NULL, CLI_FLAG, &evidence_asked.allow_incomplete, NULL,                                 \
            "write a bundle that says it is incomplete",                                                               \
            "Write the bundle of\n.Cm soc2_evidence\nalso where no checkpoint covers all of its period after "         \
            "waiting.\nIt says that it is incomplete, and so does the report's verdict.\nWithout this option the "     \
            "attempt fails, and is made again later."                                                                  \
    }

/* Usage errors among them: a message, or NULL. */
const char *evidence_wrong(void);

/* Whether the files that the options name can be read. */
AP_MUST_CHECK enum ap_status evidence_readable(struct ap_error *err);

/* The same options for another process: at most `room` arguments, which are borrowed. Returns how many. */
enum { EVIDENCE_ARGUMENTS = 2 * (2 * CLI_LIST_MAX + 6) + 1, EVIDENCE_NUMBER_SIZE = 24 };
size_t evidence_arguments(const char *argv[EVIDENCE_ARGUMENTS], char settle[EVIDENCE_NUMBER_SIZE]);

/* What a chain is held against, into the options of a verification. *policy is the caller's, to be freed. */
AP_MUST_CHECK enum ap_status evidence_trust(struct ap_verify_options *options, struct ap_policy **policy,
                                            struct ap_error *err);

#endif
