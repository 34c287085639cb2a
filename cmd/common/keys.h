/* Verifier keys and policies from the command line. */
#ifndef AUDITPROOF_CMD_KEYS_H
#define AUDITPROOF_CMD_KEYS_H

#include "auditproof/bundle_check.h"
#include "auditproof/note.h"
#include "auditproof/policy.h"
#include "options.h"

/* text is a verifier key, of a log or a witness, or the name of a file with one in its first line. */
AP_MUST_CHECK enum ap_status cli_read_key(struct ap_vkey *out, struct ap_digest *digest, const char *text,
                                          struct ap_error *err);

/*
 * Each item is such a key. out has room for CLI_LIST_MAX. Only
 * keys that sign notes will do.
 */
AP_MUST_CHECK enum ap_status cli_read_keys(const struct cli_list *list, struct ap_vkey *out, struct ap_error *err);

/* The same of a key that a bundle's reader pins; 64 hexadecimal digits, colons between them or not, are a fingerprint.
 */
AP_MUST_CHECK enum ap_status cli_read_pins(const struct cli_list *list, struct ap_pin *out, struct ap_error *err);

/* *out is the caller's, to be freed with ap_policy_free, also after a failure. */
AP_MUST_CHECK enum ap_status cli_read_policy(const char *path, struct ap_policy **out, struct ap_error *err);

#endif
