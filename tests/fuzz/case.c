/* Files of a case folder, which anybody may have made: a step, a search that was kept, and its filter told again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/case.h"
#include "auditproof/rerun.h"
#include "query/rerun_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_step(const char *text, size_t len)
{
    struct ap_buf texts = AP_BUF_INIT;
    struct ap_case_step step;
    struct ap_error err;

    if (ap_case_parse(&step, &texts, text, len, &err) == AP_OK) {
        if (step.number == 0 || step.number > AP_CASE_STEPS_MAX || step.file_count > AP_CASE_FILES_MAX)
            abort();
        for (size_t i = 0; i < step.file_count; i++)
            if (strchr(step.files[i].name, '/') != NULL || step.files[i].name[0] == '.' ||
                strcmp(step.files[i].name, "step.json") == 0)
                abort();
    }
    ap_buf_free(&texts);
}

/* What was restored is told, and told again the same when it is restored from that. */
static void check_query(const char *text, size_t len)
{
    struct ap_saved_query saved;
    struct ap_query_filter again;
    struct ap_buf first = AP_BUF_INIT, second = AP_BUF_INIT;
    struct ap_error err;

    if (ap_saved_parse(&saved, text, len, &err) == AP_OK) {
        ap_query_describe(&first, &saved.filter, true);
        if (ap_query_restore(&again, &saved.arena, first.data, first.len, &err) != AP_OK)
            abort();
        ap_query_describe(&second, &again, true);
        if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
            abort();
    }
    ap_buf_free(&first);
    ap_buf_free(&second);
    ap_arena_free(&saved.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ap_error err;
    struct ap_saved_place kept;
    size_t end = 0;
    char *text;

    if (size == 0)
        return 0;
    text = malloc(size);
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    if (data[0] == '1')
        check_step(text, size - 1);
    else if (data[0] == '2')
        check_query(text, size - 1);
    else if (kept_parse(&kept, &end, text, size - 1, &err) == AP_OK && (kept.seq > INT64_MAX || end > size - 1))
        abort();
    free(text);
    return 0;
}
