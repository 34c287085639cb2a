/*
 * Plans of purges and certificates of destruction (audit-certificate(5)): what each says of which entries leave, left,
 * and why others stay. Reading one checks its form, and that its numbers agree with each other; not its signature, and
 * not that it is true.
 */
#ifndef AUDITPROOF_CERTIFICATE_H
#define AUDITPROOF_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/error.h"
#include "auditproof/note.h"

#define AP_CERTIFICATE_TITLE "auditproof certificate of destruction v1\n"

/* Bytes of a plan or a certificate; of a name in one, with its NUL (a login has 63 at most); of a sentence. */
enum { AP_CERTIFICATE_MAX = 256 << 20, AP_LOGIN_SIZE = 64, AP_CERTIFICATE_TEXT_SIZE = 1024 };

struct ap_seq_range {
    uint64_t from_seq, to_seq; /* both included */
};

/* Entries that a hold keeps. */
struct ap_purge_held {
    struct ap_uuid hold;
    struct ap_seq_range range;
};

/* Of one chain; or, where no chain stands behind the rows, of one tenant. */
struct ap_purge_part {
    struct ap_uuid chain;
    uint64_t period;                      /* years, or days, that its rows are kept */
    uint64_t planned, destroyed;          /* rows; of a plan, none is destroyed */
    uint8_t ids[AP_HASH_LEN];             /* SHA-256 over the log ids, sorted, each with a newline */
    struct ap_hash first_hash, last_hash; /* entry hashes at the two ends; where there are ranges */
    struct ap_seq_range *ranges;          /* owned; in order; what is planned, or was destroyed */
    size_t range_count;
    struct ap_purge_held *held; /* owned; of a plan of audit_logs */
    size_t held_count;
};

struct ap_purge_text {
    bool chained; /* rows of audit_logs; else nothing of them can be verified but what is said here */
    char table[AP_LOGIN_SIZE];
    char requested_by[AP_LOGIN_SIZE];
    char approved_by[AP_LOGIN_SIZE], executed_by[AP_LOGIN_SIZE]; /* of a certificate */
    int64_t requested_at_us;
    int64_t approve_by_us, execute_by_us;                   /* of a plan */
    int64_t approved_at_us, started_at_us, certified_at_us; /* of a certificate, as what follows */
    uint8_t plan[AP_HASH_LEN];
    struct ap_uuid purge_id;
    char creator[AP_CERTIFICATE_TEXT_SIZE], method[AP_CERTIFICATE_TEXT_SIZE];
    char backups_expire[AP_LOGIN_SIZE]; /* as whoever executed it says; or "" */
    char key[AP_VKEY_TEXT_SIZE];        /* by which it says that it is signed */
    uint64_t planned, destroyed;
    uint64_t failed;             /* of those that stay: rows that were missing, altered or not reached */
    struct ap_purge_part *parts; /* owned; in order of their chains */
    size_t part_count;
};

/* AP_EINPUT says what is not as it must be, or does not agree. Free the text in every case. */
AP_MUST_CHECK enum ap_status ap_purge_plan_read(struct ap_purge_text *out, const char *text, size_t len,
                                                struct ap_error *err);

/* The text of the note, its title line first. */
AP_MUST_CHECK enum ap_status ap_certificate_read(struct ap_purge_text *out, const char *text, size_t len,
                                                 struct ap_error *err);
void ap_purge_text_free(struct ap_purge_text *text);

/* The part of a chain, or NULL. */
const struct ap_purge_part *ap_purge_part_of(const struct ap_purge_text *text, const struct ap_uuid *chain);

/* Does such a file begin so? At least sizeof AP_CERTIFICATE_TITLE - 1 bytes are needed to say yes. */
bool ap_certificate_begins(const char *bytes, size_t len);

#endif
