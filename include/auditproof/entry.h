/*
 * An entry: one row of audit_logs, and the bytes that are hashed of it (audit-format(5), ENTRY TEXT AND COMMITMENTS).
 *
 * The database computes the same bytes in SQL when it chains a row. This is the independent second computation.
 */
#ifndef AUDITPROOF_ENTRY_H
#define AUDITPROOF_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/digest.h"
#include "auditproof/error.h"

/* Groups of fields that can be erased or withheld, in the order of their salts in chain_salt. */
enum ap_group { AP_GROUP_ACCOUNT, AP_GROUP_ACTOR, AP_GROUP_CONTENT };
enum { AP_GROUPS = 3, AP_SALT_LEN = 16, AP_ROW_SALT_LEN = AP_GROUPS * AP_SALT_LEN };

/* "account", "actor", "content". Static. */
const char *ap_group_name(enum ap_group group);

/* A text or jsonb value: data NULL is SQL NULL. Borrowed; not NUL-terminated. jsonb is PostgreSQL's jsonb::text. */
struct ap_value {
    const char *data;
    size_t len; /* bytes */
};

struct ap_optional_uuid {
    bool present;
    struct ap_uuid value;
};

/* An inet value as PostgreSQL's binary format has it. */
struct ap_inet {
    bool present;
    bool v6;
    uint8_t prefix; /* bits: 0-32 or 0-128 */
    uint8_t address[16];
};

enum { AP_INET_TEXT_SIZE = 64 };

struct ap_entry {
    struct ap_uuid id;
    struct ap_optional_uuid organization_id;
    struct ap_optional_uuid actor_id;
    struct ap_value actor_email, actor_role, action, resource_type;
    struct ap_optional_uuid resource_id;
    struct ap_value old_values, new_values, risk_level;
    struct ap_inet ip_address;
    struct ap_value user_agent, metadata, session_id;
    bool has_created_at;
    int64_t created_at_pg; /* microseconds since 2000-01-01 UTC, as PostgreSQL holds it; INT64_MAX/MIN are ±infinity */
    bool has_salt;
    uint8_t salt[AP_ROW_SALT_LEN];
};

/* The chain that an entry belongs to: its organization, or the nil UUID. Borrowed. */
const struct ap_uuid *ap_entry_chain(const struct ap_entry *entry);

/* As PostgreSQL's inet output: "10.0.0.1", "10.0.0.0/8", "::ffff:1.2.3.4". NUL-terminated. */
void ap_inet_format(char out[AP_INET_TEXT_SIZE], const struct ap_inet *inet);

/* Is the group's salt all zeros, that is, has the group been erased? And are all its fields NULL? */
bool ap_entry_is_erased(const struct ap_entry *entry, enum ap_group group);
bool ap_entry_group_is_null(const struct ap_entry *entry, enum ap_group group);

/* Append the JSON text that a group's commitment is made over. */
void ap_entry_group_text(struct ap_buf *buf, const struct ap_entry *entry, enum ap_group group);

/* commitment = SHA-256(0x02 ‖ salt ‖ text) */
AP_MUST_CHECK enum ap_status ap_commitment(struct ap_digest *digest, uint8_t out[AP_HASH_LEN],
                                           const uint8_t salt[AP_SALT_LEN], const void *text, size_t len,
                                           struct ap_error *err);

/* Append the entry text over the given commitments, in the order of enum ap_group. */
void ap_entry_text(struct ap_buf *buf, const struct ap_entry *entry, const uint8_t commitments[AP_GROUPS][AP_HASH_LEN]);

/*
 * SHA-256 of the entry text. kept[g] is the commitment that was kept when group g was erased, or NULL: the commitment
 * is then computed from the fields and the salt. scratch is cleared, and holds the entry text afterwards. has_salt must
 * be true unless all three are kept.
 */
AP_MUST_CHECK enum ap_status ap_entry_content_hash(struct ap_digest *digest, uint8_t out[AP_HASH_LEN],
                                                   const struct ap_entry *entry, const uint8_t *const kept[AP_GROUPS],
                                                   struct ap_buf *scratch, struct ap_error *err);

#endif
