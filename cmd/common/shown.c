#include "shown.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "auditproof/display.h"

enum { USUAL_WIDTH = 80, MAX_WIDTH = 10000 };

void cli_put(FILE *stream, const char *text)
{
    struct ap_display display;
    struct ap_display_char c;

    ap_display_start(&display, text, strlen(text));
    while (ap_display_next(&display, &c))
        (void)fwrite(c.text, 1, c.len, stream);
}

unsigned cli_width(bool terminal)
{
    const char *columns = getenv("COLUMNS");
    unsigned long width = columns != NULL ? strtoul(columns, NULL, 10) : 0;
    struct winsize size;

    if (width > 0 && width <= MAX_WIDTH)
        return (unsigned)width;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return USUAL_WIDTH;
}
