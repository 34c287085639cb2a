/* Arbitrary notes: what is parsed lies within them, and what a checkpoint says is what it is written as. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_checkpoint(const struct ap_note *note)
{
    struct ap_buf again = AP_BUF_INIT;
    struct ap_checkpoint is;
    char *origin;

    if (ap_checkpoint_parse(&is, note->text, note->text_len, NULL) != AP_OK)
        return;
    origin = strndup(is.origin, is.origin_len);
    if (origin == NULL)
        abort();
    ap_checkpoint_format(&again, origin, is.size, &is.root);
    ap_buf_add(&again, is.extensions, is.extensions_len);
    if (again.len != note->text_len || memcmp(again.data, note->text, again.len) != 0)
        abort();
    ap_buf_free(&again);
    free(origin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct ap_note note;

    if (ap_note_parse(&note, text, size, NULL) != AP_OK)
        return 0;
    if (note.text != text || note.text_len >= size || note.count == 0)
        abort();
    for (size_t i = 0; i < note.count; i++)
        if (note.signatures[i].name < text || note.signatures[i].name + note.signatures[i].name_len >= text + size)
            abort();
    check_checkpoint(&note);
    return 0;
}
