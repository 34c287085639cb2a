#include "auditproof/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/buf.h"
#include "auditproof/csv.h"
#include "auditproof/json_read.h"
#include "auditproof/utf8.h"

enum { READ_SIZE = 256 * 1024 };

struct ap_input {
    const char *const *names;
    size_t count;
    size_t next_name;
    enum ap_input_format format;
    size_t max_line;

    const char *file;
    int fd; /* -1: none is open */
    bool stream;
    bool csv;
    bool json;
    bool ended;  /* the open file has no more */
    bool closed; /* no more is wanted */
    bool begun;  /* a byte order mark has been looked for, and what the file is */
    bool header_due;
    bool in_piece;      /* within a line that is too long */
    uint64_t number;    /* of the next line */
    size_t column;      /* JSON: characters of it that were handed out or dropped */
    struct ap_buf text; /* read and not yet handed out, from `used` on */
    size_t used;
    size_t seen; /* NDJSON: bytes after `used` that hold no line end */
    struct ap_csv_scan scan;
    struct ap_json_scan json_scan;
};

static const char *const only_stdin[] = {"-"};

enum ap_status ap_input_new(struct ap_input **out, const char *const *names, size_t count, enum ap_input_format format,
                            size_t max_line, struct ap_error *err)
{
    struct ap_input *in = calloc(1, sizeof *in);

    *out = in;
    if (in == NULL)
        return ap_fail_memory(err, "the input");
    in->names = count > 0 ? names : only_stdin;
    in->count = count > 0 ? count : 1;
    in->format = format;
    in->max_line = max_line;
    in->fd = -1;
    return AP_OK;
}

static void close_file(struct ap_input *in)
{
    /* Only read from: there is nothing that closing could lose. */
    if (in->fd > STDERR_FILENO)
        (void)close(in->fd);
    in->fd = -1;
}

void ap_input_free(struct ap_input *input)
{
    if (input == NULL)
        return;
    close_file(input);
    ap_buf_free(&input->text);
    free(input);
}

static bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static enum ap_status open_next(struct ap_input *in, struct ap_error *err)
{
    const char *name = in->names[in->next_name++];
    bool is_stdin = strcmp(name, "-") == 0;
    struct stat st;

    in->file = is_stdin ? "stdin" : name;
    in->fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (in->fd < 0)
        return ap_fail_errno(err, errno, "cannot open %s", in->file);
    if (fstat(in->fd, &st) != 0)
        return ap_fail_errno(err, errno, "cannot read %s", in->file);
    if (S_ISDIR(st.st_mode))
        return ap_fail_errno(err, EISDIR, "cannot read %s", in->file);
    in->stream = !S_ISREG(st.st_mode);
    in->csv = in->format == AP_INPUT_CSV ||
              (in->format == AP_INPUT_AUTO && (ends_in(in->file, ".csv") || ends_in(in->file, ".CSV")));
    in->json = in->format == AP_INPUT_JSON;
    in->ended = in->begun = in->in_piece = false;
    in->header_due = in->csv;
    in->number = 1;
    in->column = 0;
    in->used = in->seen = 0;
    in->scan = (struct ap_csv_scan){0, AP_CSV_FIELD_START};
    in->json_scan = (struct ap_json_scan){0};
    ap_buf_clear(&in->text);
    return AP_OK;
}

int ap_input_fd(const struct ap_input *input)
{
    return input->fd;
}

void ap_input_close(struct ap_input *input)
{
    input->closed = true;
    input->ended = true;
}

enum ap_status ap_input_read(struct ap_input *input, struct ap_error *err)
{
    char *to;
    ssize_t n;

    if (input->ended || input->fd < 0)
        return AP_OK;
    if (input->used > 0) {
        memmove(input->text.data, input->text.data + input->used, input->text.len - input->used);
        input->text.len -= input->used;
        input->used = 0;
    }
    to = ap_buf_reserve(&input->text, READ_SIZE);
    if (to == NULL)
        return ap_fail_memory(err, "a line");
    n = read(input->fd, to, READ_SIZE);
    if (n < 0 && errno != EINTR && errno != EAGAIN)
        return ap_fail_errno(err, errno, "cannot read %s", input->file);
    if (n > 0)
        input->text.len += (size_t)n;
    input->ended = n == 0;
    return AP_OK;
}

void ap_input_rest(const struct ap_input *input, const char **text, size_t *len, bool *stream)
{
    *text = ap_buf_str(&input->text) + input->used;
    *len = input->text.len - input->used;
    *stream = input->stream;
}

/* A complete line in what is there: its length and where the next begins, both from `used`. */
static bool find_line(struct ap_input *in, const char *text, size_t len, size_t *line_len, size_t *next)
{
    const char *end;

    if (in->json) {
        if (!ap_json_scan_end(&in->json_scan, text, len, line_len))
            return false;
        *next = *line_len;
        return true;
    }
    if (in->csv && !in->in_piece)
        return ap_csv_scan(&in->scan, text, len, line_len, next);
    end = in->seen < len ? memchr(text + in->seen, '\n', len - in->seen) : NULL;
    in->seen = len;
    if (end == NULL)
        return false;
    /* A carriage return is white space to JSON: it stays, so that a rejected line is kept as it came. */
    *line_len = (size_t)(end - text);
    *next = *line_len + 1;
    return true;
}

static void consume(struct ap_input *in, size_t len)
{
    const char *p = ap_buf_str(&in->text) + in->used, *end = p + len, *line_end;

    for (; (line_end = memchr(p, '\n', (size_t)(end - p))) != NULL; p = line_end + 1) {
        in->number++;
        in->column = 0;
    }
    if (in->json)
        in->column += ap_utf8_count(p, (size_t)(end - p));
    in->used += len;
}

static void hand_out(struct ap_input *in, struct ap_input_line *line, size_t len, size_t next)
{
    const char *text = ap_buf_str(&in->text) + in->used;

    *line = (struct ap_input_line){
        .file = in->file, .number = in->number, .column = in->column, .text = text, .len = len, .csv = in->csv};
    consume(in, next);
    in->seen = 0;
    in->json_scan.done = 0;
    in->scan = (struct ap_csv_scan){0, AP_CSV_FIELD_START};
}

/* Line ends inside quotes do not end a CSV record, but a record that is too long has lost its way: take lines again. */
static void hand_out_piece(struct ap_input *in, struct ap_input_line *line, size_t len, size_t next, bool last)
{
    bool first = !in->in_piece;

    hand_out(in, line, len, next);
    line->first = first;
    line->last = last;
    in->in_piece = !last;
}

/* Whether what a file begins with tells what it is; *json when it is indented JSON, or an array. */
static bool tells(const char *text, size_t len, bool *json)
{
    size_t at = strspn(text, " \t\r\n");

    *json = at < len && text[at] == '[';
    if (at == len || text[at] != '{')
        return at < len;
    at++;
    at += strspn(text + at, " \t\r");
    *json = at < len && text[at] == '\n';
    return at < len;
}

static void begin(struct ap_input *in)
{
    static const char mark[] = "\xEF\xBB\xBF";
    const char *text = ap_buf_str(&in->text);
    size_t len = in->text.len, skip = 0;
    bool json;

    if (in->begun || (len < 3 && !in->ended))
        return;
    if (len >= 3 && memcmp(text, mark, 3) == 0)
        skip = 3;
    if (in->format == AP_INPUT_AUTO_JSON) {
        if (!tells(text + skip, len - skip, &json) && !in->ended && len <= in->max_line)
            return;
        in->json = json;
    }
    in->begun = true;
    in->used = skip;
}

static enum ap_input_event next_event(struct ap_input *in, struct ap_input_line *line)
{
    const char *text;
    size_t len, line_len, next;
    bool found;

    if (in->json)
        consume(in, ap_json_scan_skip(&in->json_scan, ap_buf_str(&in->text) + in->used, in->text.len - in->used));
    text = ap_buf_str(&in->text) + in->used;
    len = in->text.len - in->used;
    found = len > 0 && find_line(in, text, len, &line_len, &next);

    if (found && (in->in_piece || line_len > in->max_line)) {
        hand_out_piece(in, line, line_len, next, true);
        return AP_INPUT_PIECE;
    }
    if (found) {
        hand_out(in, line, line_len, next);
    } else if ((len > 0 || in->in_piece || in->json_scan.in_array) && in->ended) {
        hand_out(in, line, len, len);
        line->unended = true;
        in->json_scan = (struct ap_json_scan){0};
    } else if (len > in->max_line || (in->in_piece && len > 0)) {
        hand_out_piece(in, line, len, len, false);
        return AP_INPUT_PIECE;
    } else {
        return in->ended ? AP_INPUT_END : AP_INPUT_MORE;
    }
    if (in->in_piece || line->len > in->max_line) {
        line->first = !in->in_piece;
        line->last = true;
        in->in_piece = false;
        return AP_INPUT_PIECE;
    }
    line->header = in->header_due;
    in->header_due = false;
    return AP_INPUT_LINE;
}

enum ap_status ap_input_next(struct ap_input *input, enum ap_input_event *event, struct ap_input_line *line,
                             struct ap_error *err)
{
    for (;;) {
        if (input->fd < 0) {
            *event = AP_INPUT_END;
            if (input->closed || input->next_name == input->count)
                return AP_OK;
            if (open_next(input, err) != AP_OK)
                return err != NULL ? err->status : AP_EIO;
        }
        begin(input);
        *event = input->begun ? next_event(input, line) : AP_INPUT_MORE;
        if (*event != AP_INPUT_END)
            return AP_OK;
        close_file(input);
    }
}
