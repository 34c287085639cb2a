/* Reading tests/vectors in the unit tests. A vector that cannot be read fails the test that reads it. */
#ifndef TESTS_UNIT_VECTORS_H
#define TESTS_UNIT_VECTORS_H

#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/bytes.h"

/* tests/vectors/NAME, an array that is not empty; the tests run in the top directory. The caller decrefs. */
static inline json_t *vectors_load(const char *name)
{
    char path[256];
    json_error_t error;
    json_t *root;

    (void)snprintf(path, sizeof path, "tests/vectors/%s", name);
    root = json_load_file(path, 0, &error);
    ck_assert_msg(json_is_array(root) && json_array_size(root) > 0, "%s: %s", path, error.text);
    return root;
}

/* A member's text; NULL when it is null. A missing member fails the test. */
static inline const char *vectors_text(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);

    ck_assert_msg(json_is_null(member) || json_is_string(member), "no text in \"%s\"", key);
    return json_string_value(member);
}

static inline int64_t vectors_int(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);

    ck_assert_msg(json_is_integer(member), "no integer in \"%s\"", key);
    return (int64_t)json_integer_value(member);
}

static inline void vectors_hex(uint8_t *out, size_t len, const json_t *object, const char *key)
{
    const char *text = vectors_text(object, key);

    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(strlen(text), 2 * len);
    ck_assert(ap_hex_decode(out, len, text));
}

static inline void vectors_uuid(struct ap_uuid *out, const json_t *object, const char *key)
{
    const char *text = vectors_text(object, key);

    ck_assert_ptr_nonnull(text);
    ck_assert(ap_uuid_parse(out, text));
}

/* Runs every case of a suite and gives main's exit status. */
static inline int vectors_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
