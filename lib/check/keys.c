/* proof/keys.json: the bundle's key, the log's keys with the notes that lead from each to the next, and witnesses. */
#include <stdlib.h>
#include <string.h>

#include "check/check_internal.h"

enum { WITNESSES_MAX = 256 };

static bool read_vkey(struct check *check, const struct ap_json_span *value, uint8_t type, struct ap_vkey *out)
{
    char text[AP_VKEY_TEXT_SIZE], again[AP_VKEY_TEXT_SIZE];

    if (!json_text(value, text, sizeof text) || ap_vkey_parse(out, check->digest, text, strlen(text), NULL) != AP_OK ||
        out->type != type)
        return false;
    ap_vkey_format(out, again);
    return strcmp(text, again) == 0;
}

/* *wrong says what is the matter, when something is. */
static enum ap_status read_bundle_key(struct check *check, const struct ap_json_span *value, const char **wrong,
                                      struct ap_error *err)
{
    struct ap_bundle_key *key = &check->report->bundle_key;
    uint8_t said[AP_HASH_LEN];
    struct json_members is = {NULL, 0};
    enum ap_status status = AP_OK;

    if (value == NULL || value->kind != AP_JSON_OBJECT) {
        *wrong = "it names no key of the bundle";
        return AP_OK;
    }
    status = members_read(&is, value->text, value->len, err);
    if (status == AP_OK && (!read_vkey(check, members_get(&is, "vkey"), AP_KEY_NOTE, &check->bundle_vkey) ||
                            !json_hex(members_get(&is, "fingerprint"), said, sizeof said)))
        *wrong = "the bundle's key is not one";
    members_free(&is);
    if (status == AP_OK && *wrong == NULL)
        status = ap_public_key_fingerprint(check->bundle_vkey.key, key->fingerprint, err);
    if (status != AP_OK || *wrong != NULL)
        return status;
    if (memcmp(said, key->fingerprint, sizeof said) != 0) {
        *wrong = "the fingerprint is not that of the bundle's key";
        return AP_OK;
    }
    key->known = true;
    ap_vkey_format(&check->bundle_vkey, key->vkey);
    return AP_OK;
}

/* Each note, whole, and in the order in which the steps were. */
static enum ap_status read_notes(const struct ap_json_span *value, struct ap_log_notes *notes, size_t *epochs,
                                 const char **wrong, struct ap_error *err)
{
    struct ap_json_reader reader;
    struct ap_json_span item;
    struct ap_buf text = AP_BUF_INIT;
    enum ap_status status = AP_OK;

    *epochs = 0;
    if (!items_open(&reader, value))
        *wrong = "it has no list of notes";
    while (status == AP_OK && *wrong == NULL && items_next(&reader, &item)) {
        size_t before = notes->count;

        *wrong = "a note is of no kind that is known, or comes twice";
        if (item.kind != AP_JSON_STRING || before == AP_LOG_NOTES_MAX)
            break;
        ap_buf_clear(&text);
        ap_json_decode(&item, &text);
        status = ap_buf_check(&text, "a note", err);
        if (status == AP_OK)
            status = ap_log_notes_add(notes, ap_buf_str(&text), text.len, err);
        if (status == AP_EINPUT) {
            status = AP_OK;
        } else if (status == AP_OK && notes->count == before + 1 && notes->notes[before].len == text.len) {
            *epochs += notes->notes[before].epoch;
            *wrong = NULL;
        }
    }
    ap_buf_free(&text);
    return status;
}

/* Is the list that of the keys which the notes lead to? */
static bool same_keys(struct check *check, const struct ap_json_span *value)
{
    const struct ap_log_keys *keys = &check->log_keys;
    struct ap_json_reader reader;
    struct ap_json_span item;
    size_t i = 0;

    if (!items_open(&reader, value))
        return false;
    for (; items_next(&reader, &item); i++) {
        struct json_members is = {NULL, 0};
        struct ap_vkey vkey;
        uint64_t from_size;
        bool same = i < keys->count && item.kind == AP_JSON_OBJECT &&
                    members_read(&is, item.text, item.len, NULL) == AP_OK &&
                    read_vkey(check, members_get(&is, "vkey"), AP_KEY_NOTE, &vkey) &&
                    json_count(members_get(&is, "from_size"), &from_size) &&
                    ap_vkey_equal(&vkey, &keys->keys[i].vkey) && from_size == keys->keys[i].from_size;

        members_free(&is);
        if (!same)
            return false;
    }
    return i == keys->count;
}

static bool first_key(struct check *check, const struct ap_json_span *list, struct ap_vkey *out)
{
    struct json_members is = {NULL, 0};
    struct ap_json_reader reader;
    struct ap_json_span item;
    bool good = items_open(&reader, list) && items_next(&reader, &item) && item.kind == AP_JSON_OBJECT &&
                members_read(&is, item.text, item.len, NULL) == AP_OK &&
                read_vkey(check, members_get(&is, "vkey"), AP_KEY_NOTE, out);

    members_free(&is);
    return good;
}

/* The log's name changes by a declared restore alone. */
static size_t renames(const struct ap_log_keys *keys)
{
    size_t count = 0;

    for (size_t i = 1; i < keys->count; i++)
        count += strcmp(keys->keys[i].vkey.name, keys->keys[i - 1].vkey.name) != 0;
    return count;
}

static enum ap_status read_history(struct check *check, const struct json_members *is, const char **wrong,
                                   struct ap_error *err)
{
    const struct ap_json_span *list = members_get(is, "log");
    struct ap_log_notes notes = {NULL, 0};
    struct ap_vkey first;
    size_t epochs = 0;
    enum ap_status status;

    if (!first_key(check, list, &first)) {
        *wrong = "it names no key of the log";
        return AP_OK;
    }
    status = read_notes(members_get(is, "notes"), &notes, &epochs, wrong, err);
    if (status == AP_OK && *wrong == NULL)
        status = ap_log_notes_read(&notes, check->digest, &first, &check->log_keys, &check->epochs, err);
    if (status == AP_OK && *wrong == NULL) {
        if (check->log_keys.problem[0] != '\0' || check->epochs.problem[0] != '\0' || !same_keys(check, list))
            *wrong = "its notes do not lead from each of the log's keys to the next";
        else if (notes.count - epochs != check->log_keys.count - 1 || epochs != check->epochs.count ||
                 epochs != renames(&check->log_keys))
            *wrong = "the log's keys, its names and the notes about them are not as many as each other";
    }
    ap_log_notes_free(&notes);
    return status;
}

/* Optional: who may have cosigned. */
static enum ap_status read_witnesses(struct check *check, const struct ap_json_span *value, const char **wrong,
                                     struct ap_error *err)
{
    struct ap_json_reader reader;
    struct ap_json_span item;

    if (value == NULL)
        return AP_OK;
    check->witnesses = calloc(WITNESSES_MAX, sizeof *check->witnesses);
    if (check->witnesses == NULL)
        return ap_fail_memory(err, "witnesses");
    if (!items_open(&reader, value))
        *wrong = "its member witnesses is not a list of keys";
    while (*wrong == NULL && items_next(&reader, &item))
        if (check->witness_count == WITNESSES_MAX ||
            !read_vkey(check, &item, AP_KEY_COSIGNATURE, &check->witnesses[check->witness_count++]))
            *wrong = "its member witnesses is not a list of keys";
    return AP_OK;
}

static bool fingerprint_is(const struct ap_vkey *key, const uint8_t fingerprint[AP_HASH_LEN])
{
    uint8_t is[AP_HASH_LEN];

    return ap_public_key_fingerprint(key->key, is, NULL) == AP_OK && memcmp(is, fingerprint, sizeof is) == 0;
}

/* Whether the reader gave a key beside the bundle's, or says by a policy which the logs are. */
static bool knows_another(const struct check *check)
{
    const struct ap_policy *policy = check->options->policy;

    for (size_t i = 0; i < check->options->pin_count; i++) {
        const struct ap_pin *pin = &check->options->pins[i];

        if (pin->is_fingerprint ? !fingerprint_is(&check->bundle_vkey, pin->fingerprint)
                                : memcmp(pin->vkey.key, check->bundle_vkey.key, AP_PUBLIC_KEY_LEN) != 0)
            return true;
    }
    return policy != NULL && policy->log_count > 0;
}

bool check_is_pinned(const struct check *check, const struct ap_vkey *key, bool by_name)
{
    const struct ap_policy *policy = check->options->policy;
    size_t pins = check->options->pin_count;

    /* Who has the bundle's key could make a log with it, too. */
    if (by_name && memcmp(key->key, check->bundle_vkey.key, AP_PUBLIC_KEY_LEN) == 0 && knows_another(check))
        pins = 0;
    for (size_t i = 0; i < pins; i++) {
        const struct ap_pin *pin = &check->options->pins[i];

        if (pin->of_log && !by_name)
            continue;
        if (pin->is_fingerprint ? fingerprint_is(key, pin->fingerprint)
                                : memcmp(pin->vkey.key, key->key, AP_PUBLIC_KEY_LEN) == 0 &&
                                      (!by_name || strcmp(pin->vkey.name, key->name) == 0))
            return true;
    }
    for (size_t i = 0; policy != NULL && i < policy->log_count; i++)
        if (memcmp(policy->logs[i].key.key, key->key, AP_PUBLIC_KEY_LEN) == 0 &&
            (!by_name || strcmp(policy->logs[i].key.name, key->name) == 0))
            return true;
    return false;
}

/* So that openssl is given the key that the rest is checked with. */
static enum ap_status check_pem(struct check *check, struct ap_error *err)
{
    const struct ap_buf *bytes = check_held(check, HELD_PEM);
    struct ap_buf pem = AP_BUF_INIT;
    enum ap_status status = AP_OK;

    if (bytes != NULL)
        status = ap_public_key_pem(&pem, check->bundle_vkey.key, err);
    if (status == AP_OK && bytes != NULL && (pem.len != bytes->len || memcmp(pem.data, bytes->data, pem.len) != 0))
        check_found(check, AP_FINDING_SIGNATURE, held_rules[HELD_PEM].path, 0, "it is not the bundle's key");
    ap_buf_free(&pem);
    return status;
}

static enum ap_status check_signature(struct check *check, struct ap_error *err)
{
    const struct ap_buf *tags = check_held(check, HELD_TAGS), *signature = check_held(check, HELD_SIGNATURE);
    bool good = false;
    enum ap_status status = AP_OK;

    check->report->bundle_key.pinned = check_is_pinned(check, &check->bundle_vkey, false);
    if (tags == NULL || signature == NULL)
        return AP_OK;
    if (signature->len == AP_SIGNATURE_LEN)
        status = ap_signature_check(check->bundle_vkey.key, ap_buf_str(tags), tags->len,
                                    (const uint8_t *)signature->data, &good, err);
    if (status != AP_OK)
        return status;
    if (!good)
        check_found(check, AP_FINDING_SIGNATURE, held_rules[HELD_SIGNATURE].path, 0,
                    "it is not the bundle key's signature of %s", held_rules[HELD_TAGS].path);
    else if (check->options->pin_count > 0 && !check->report->bundle_key.pinned)
        check_found(check, AP_FINDING_SIGNATURE, held_rules[HELD_SIGNATURE].path, 0,
                    "it is by a key that is not pinned");
    return AP_OK;
}

/* Whether a pin reaches the log, through whichever of its keys. */
static bool log_is_pinned(const struct check *check)
{
    for (size_t i = 0; i < check->log_keys.count; i++)
        if (check_is_pinned(check, &check->log_keys.keys[i].vkey, true))
            return true;
    return false;
}

enum ap_status check_keys(struct check *check, struct ap_error *err)
{
    struct json_members is;
    const char *wrong = NULL;
    enum ap_status status = AP_OK;

    if (!check_members(check, HELD_KEYS, AP_FINDING_SIGNATURE, &is, &status, err))
        return status;
    status = read_bundle_key(check, members_get(&is, "bundle"), &wrong, err);
    if (status == AP_OK && wrong == NULL)
        status = read_history(check, &is, &wrong, err);
    if (status == AP_OK && wrong == NULL)
        status = read_witnesses(check, members_get(&is, "witnesses"), &wrong, err);
    members_free(&is);
    if (status == AP_OK && wrong != NULL)
        check_found(check, AP_FINDING_SIGNATURE, held_rules[HELD_KEYS].path, 0, "%s", wrong);
    check->keys_known = status == AP_OK && wrong == NULL;
    if (!check->keys_known) {
        memset(&check->report->bundle_key, 0, sizeof check->report->bundle_key);
        return status;
    }
    check->log_pinned = log_is_pinned(check);
    status = check_pem(check, err);
    return status == AP_OK ? check_signature(check, err) : status;
}
