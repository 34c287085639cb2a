/* Entry texts, commitments and content hashes against the vectors. */
#include "auditproof/entry.h"

#include "auditproof/clock.h"
#include "vectors.h"

static struct ap_digest *digest;

static void setup(void)
{
    ck_assert_int_eq(ap_digest_new(&digest, NULL), AP_OK);
}

static void teardown(void)
{
    ap_digest_free(digest);
}

static struct ap_value value_of(const json_t *columns, const char *key)
{
    const char *text = vectors_text(columns, key);

    return (struct ap_value){text, text != NULL ? strlen(text) : 0};
}

static struct ap_optional_uuid uuid_of(const json_t *columns, const char *key)
{
    struct ap_optional_uuid uuid = {vectors_text(columns, key) != NULL, {{0}}};

    if (uuid.present)
        vectors_uuid(&uuid.value, columns, key);
    return uuid;
}

/* The vectors count from 1970 and may pass 64 bits there; PostgreSQL's count from 2000 always fits. */
static void read_time(struct ap_entry *entry, const char *text)
{
    bool negative;
    uint64_t magnitude = 0;

    entry->has_created_at = text != NULL;
    if (text == NULL)
        return;
    if (strstr(text, "infinity") != NULL) {
        entry->created_at_pg = text[0] == '-' ? AP_TIME_MINUS_INFINITY : AP_TIME_INFINITY;
        return;
    }
    negative = text[0] == '-';
    for (const char *p = text + (negative ? 1 : 0); *p != '\0'; p++) {
        ck_assert(*p >= '0' && *p <= '9');
        magnitude = magnitude * 10 + (uint64_t)(*p - '0');
    }
    if (negative)
        entry->created_at_pg = -(int64_t)(magnitude + (uint64_t)AP_POSTGRES_EPOCH_US);
    else
        entry->created_at_pg = (int64_t)(magnitude - (uint64_t)AP_POSTGRES_EPOCH_US);
}

/* PostgreSQL's binary form of an inet: family, prefix, whether a cidr, length, address. */
static struct ap_inet inet_of_binary(const char *hex)
{
    struct ap_inet inet = {true, false, 0, {0}};
    uint8_t head[4];

    ck_assert(ap_hex_decode(head, sizeof head, hex));
    inet.v6 = head[0] == 3;
    inet.prefix = head[1];
    ck_assert_uint_eq(head[3], inet.v6 ? 16 : 4);
    ck_assert_uint_eq(strlen(hex), 2 * (sizeof head + head[3]));
    ck_assert(ap_hex_decode(inet.address, head[3], hex + 2 * sizeof head));
    return inet;
}

/* An entry's address is one of those in inet.json. */
static struct ap_inet inet_of(const json_t *columns, const json_t *inets)
{
    const char *text = vectors_text(columns, "ip_address");
    size_t i;
    json_t *inet;

    if (text == NULL)
        return (struct ap_inet){false, false, 0, {0}};
    json_array_foreach(inets, i, inet)
    {
        if (strcmp(text, vectors_text(inet, "text")) == 0)
            return inet_of_binary(vectors_text(inet, "binary"));
    }
    ck_abort_msg("%s is not in inet.json", text);
}

static void read_entry(struct ap_entry *entry, const json_t *vector, const json_t *inets)
{
    const json_t *columns = json_object_get(vector, "columns");

    memset(entry, 0, sizeof *entry);
    vectors_uuid(&entry->id, columns, "id");
    entry->organization_id = uuid_of(columns, "organization_id");
    entry->actor_id = uuid_of(columns, "actor_id");
    entry->resource_id = uuid_of(columns, "resource_id");
    entry->actor_email = value_of(columns, "actor_email");
    entry->actor_role = value_of(columns, "actor_role");
    entry->action = value_of(columns, "action");
    entry->resource_type = value_of(columns, "resource_type");
    entry->old_values = value_of(columns, "old_values");
    entry->new_values = value_of(columns, "new_values");
    entry->risk_level = value_of(columns, "risk_level");
    entry->user_agent = value_of(columns, "user_agent");
    entry->metadata = value_of(columns, "metadata");
    entry->session_id = value_of(columns, "session_id");
    entry->ip_address = inet_of(columns, inets);
    read_time(entry, vectors_text(vector, "created_at_us"));
    vectors_hex(entry->salt, sizeof entry->salt, vector, "salt");
    entry->has_salt = true;
}

/* kept[g] points into bytes, or is NULL. */
static void read_kept(const uint8_t *kept[AP_GROUPS], uint8_t bytes[AP_GROUPS][AP_HASH_LEN], const json_t *vector)
{
    const json_t *object = json_object_get(vector, "kept");

    for (int g = 0; g < AP_GROUPS; g++) {
        const char *name = ap_group_name((enum ap_group)g);

        kept[g] = NULL;
        if (json_object_get(object, name) != NULL) {
            vectors_hex(bytes[g], AP_HASH_LEN, object, name);
            kept[g] = bytes[g];
        }
    }
}

static void check_text(const struct ap_buf *buf, const json_t *vector, const char *key)
{
    const char *expected = vectors_text(vector, key);

    ck_assert_int_eq(ap_buf_check(buf, "a text", NULL), AP_OK);
    ck_assert_msg(buf->len == strlen(expected) && memcmp(buf->data, expected, buf->len) == 0, "%s: %s is %.*s",
                  vectors_text(vector, "name"), key, (int)buf->len, buf->data);
}

static void check_groups(const struct ap_entry *entry, const uint8_t *const kept[AP_GROUPS],
                         uint8_t commitments[AP_GROUPS][AP_HASH_LEN], const json_t *vector)
{
    struct ap_buf buf = AP_BUF_INIT;

    for (int g = 0; g < AP_GROUPS; g++) {
        char key[32];
        uint8_t expected[AP_HASH_LEN];

        (void)snprintf(key, sizeof key, "%s_text", ap_group_name((enum ap_group)g));
        ap_buf_clear(&buf);
        ap_entry_group_text(&buf, entry, (enum ap_group)g);
        check_text(&buf, vector, key);
        (void)snprintf(key, sizeof key, "%s_commitment", ap_group_name((enum ap_group)g));
        vectors_hex(expected, AP_HASH_LEN, vector, key);
        if (kept[g] != NULL) {
            ck_assert(ap_entry_is_erased(entry, (enum ap_group)g));
            ck_assert(ap_entry_group_is_null(entry, (enum ap_group)g));
            memcpy(commitments[g], kept[g], AP_HASH_LEN);
        } else {
            ck_assert_int_eq(
                ap_commitment(digest, commitments[g], entry->salt + (size_t)g * AP_SALT_LEN, buf.data, buf.len, NULL),
                AP_OK);
        }
        ck_assert_mem_eq(commitments[g], expected, AP_HASH_LEN);
    }
    ap_buf_free(&buf);
}

START_TEST(entries)
{
    json_t *vectors = vectors_load("entries.json"), *inets = vectors_load("inet.json"), *vector;
    struct ap_buf buf = AP_BUF_INIT;
    size_t i;

    json_array_foreach(vectors, i, vector)
    {
        struct ap_entry entry;
        uint8_t kept_bytes[AP_GROUPS][AP_HASH_LEN], commitments[AP_GROUPS][AP_HASH_LEN];
        uint8_t expected[AP_HASH_LEN], got[AP_HASH_LEN];
        const uint8_t *kept[AP_GROUPS];

        read_entry(&entry, vector, inets);
        read_kept(kept, kept_bytes, vector);
        check_groups(&entry, kept, commitments, vector);
        ap_buf_clear(&buf);
        ap_entry_text(&buf, &entry, (const uint8_t(*)[AP_HASH_LEN])commitments);
        check_text(&buf, vector, "entry_text");
        vectors_hex(expected, AP_HASH_LEN, vector, "content_hash");
        ck_assert_int_eq(ap_entry_content_hash(digest, got, &entry, kept, &buf, NULL), AP_OK);
        ck_assert_mem_eq(got, expected, AP_HASH_LEN);
    }
    ap_buf_free(&buf);
    json_decref(inets);
    json_decref(vectors);
}
END_TEST

START_TEST(negatives)
{
    json_t *vectors = vectors_load("entry_negatives.json"), *inets = vectors_load("inet.json"), *vector;
    struct ap_buf buf = AP_BUF_INIT;
    size_t i;

    json_array_foreach(vectors, i, vector)
    {
        struct ap_entry entry;
        uint8_t kept_bytes[AP_GROUPS][AP_HASH_LEN], claimed[AP_HASH_LEN], got[AP_HASH_LEN];
        const uint8_t *kept[AP_GROUPS];

        read_entry(&entry, vector, inets);
        read_kept(kept, kept_bytes, vector);
        vectors_hex(claimed, AP_HASH_LEN, vector, "content_hash");
        ck_assert_int_eq(ap_entry_content_hash(digest, got, &entry, kept, &buf, NULL), AP_OK);
        ck_assert_msg(memcmp(got, claimed, AP_HASH_LEN) != 0, "%s was accepted", vectors_text(vector, "name"));
    }
    ap_buf_free(&buf);
    json_decref(inets);
    json_decref(vectors);
}
END_TEST

START_TEST(inet_forms)
{
    json_t *inets = vectors_load("inet.json"), *vector;
    size_t i;

    json_array_foreach(inets, i, vector)
    {
        struct ap_inet inet = inet_of_binary(vectors_text(vector, "binary"));
        char got[AP_INET_TEXT_SIZE];

        ap_inet_format(got, &inet);
        ck_assert_str_eq(got, vectors_text(vector, "text"));
    }
    json_decref(inets);
}
END_TEST

START_TEST(chain_of_an_entry)
{
    struct ap_entry entry;

    memset(&entry, 0, sizeof entry);
    ck_assert(ap_uuid_equal(ap_entry_chain(&entry), &ap_uuid_nil));
    entry.organization_id.present = true;
    ck_assert(ap_uuid_parse(&entry.organization_id.value, "5a1f0c9e-1111-4aaa-8bbb-0123456789ab"));
    ck_assert(ap_uuid_equal(ap_entry_chain(&entry), &entry.organization_id.value));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entry");
    TCase *tests = tcase_create("vectors");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, entries);
    tcase_add_test(tests, negatives);
    tcase_add_test(tests, inet_forms);
    tcase_add_test(tests, chain_of_an_entry);
    suite_add_tcase(suite, tests);
    return vectors_main(suite);
}
