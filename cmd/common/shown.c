#include "shown.h"

#include <string.h>

#include "auditproof/display.h"

void cli_put(FILE *stream, const char *text)
{
    struct ap_display display;
    struct ap_display_char c;

    ap_display_start(&display, text, strlen(text));
    while (ap_display_next(&display, &c))
        (void)fwrite(c.text, 1, c.len, stream);
}
