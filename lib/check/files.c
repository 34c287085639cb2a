#include "check/files.h"

#include <stdlib.h>
#include <string.h>

enum ap_status files_add(struct files *files, const char *path, uint64_t size, const uint8_t sha256[AP_HASH_LEN],
                         struct ap_error *err)
{
    struct file *file;

    if (files->count == files->room) {
        size_t room = files->room == 0 ? 64 : files->room * 2;
        struct file *more = realloc(files->items, room * sizeof *more);

        if (more == NULL)
            return ap_fail_memory(err, "the files of a bundle");
        files->items = more;
        files->room = room;
    }
    file = &files->items[files->count++];
    file->path = (uint32_t)files->paths.len;
    file->size = size;
    memcpy(file->sha256, sha256, AP_HASH_LEN);
    ap_buf_add(&files->paths, path, strlen(path) + 1);
    return ap_buf_check(&files->paths, "the files of a bundle", err);
}

const char *files_path(const struct files *files, size_t index)
{
    return files->paths.data + files->items[index].path;
}

const struct file *files_find(const struct files *files, const char *path)
{
    size_t low = 0, high = files->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, files_path(files, middle));

        if (order == 0)
            return &files->items[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

void files_free(struct files *files)
{
    ap_buf_free(&files->paths);
    free(files->items);
    memset(files, 0, sizeof *files);
}
