/* A text that is taken for a cursor is the one that is made of what it says, and is a cursor of one order only. */
#include "query/cursor.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_text(const char *text)
{
    char again[CURSOR_SIZE];
    struct cursor cursor;
    struct ap_error err;
    int orders = 0;

    for (int reverse = 0; reverse < 2; reverse++) {
        if (cursor_parse(&cursor, text, reverse == 1, &err) != AP_OK) {
            check(err.status == AP_EINPUT && err.message[0] != '\0');
            continue;
        }
        orders++;
        check(cursor.reverse == (reverse == 1));
        cursor_format(again, &cursor);
        for (size_t i = 0; i < CURSOR_SIZE; i++)
            check(again[i] == (text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 'a' : text[i]));
    }
    check(orders < 2);
}

static void check_made(const uint8_t *data)
{
    struct cursor cursor = {(data[0] & 1) != 0, (data[0] & 2) != 0, (int64_t)ap_get_u64(data + 1), {{0}}}, back;
    char text[CURSOR_SIZE];
    struct ap_error err;

    memcpy(cursor.id.bytes, data + 9, AP_UUID_LEN);
    cursor_format(text, &cursor);
    check(cursor_parse(&back, text, cursor.reverse, &err) == AP_OK);
    check(back.dated == cursor.dated && back.created_us == cursor.created_us && ap_uuid_equal(&back.id, &cursor.id));
    check(cursor_parse(&back, text, !cursor.reverse, &err) == AP_EINPUT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[128];

    if (size == CURSOR_BYTES)
        check_made(data);
    if (size >= sizeof text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_text(text);
    return 0;
}
