#include "ocsf_words.h"

#include <string.h>

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

void ocsf_words(struct ocsf_words *out, const struct ap_value *action)
{
    size_t len = 0;
    char last = '\0';

    memset(out, 0, sizeof *out);
    for (size_t i = 0; action->data != NULL && i < action->len && out->count < OCSF_WORDS; i++) {
        char c = action->data[i];
        bool of_word = is_upper(c) || is_lower(c) || (c >= '0' && c <= '9');

        if (len > 0 && (!of_word || (is_upper(c) && is_lower(last)))) {
            out->count++;
            len = 0;
        }
        if (of_word && out->count < OCSF_WORDS && len + 1 < OCSF_WORD_SIZE)
            out->words[out->count][len++] = is_upper(c) ? (char)(c | 0x20) : c;
        last = c;
    }
    if (len > 0)
        out->count++;
}

bool ocsf_in(const char *word, const char *list)
{
    size_t len = strlen(word);

    for (const char *at = list; *at != '\0';) {
        size_t item = strcspn(at, " ");

        if (item == len && memcmp(at, word, len) == 0)
            return true;
        at += item + (at[item] == ' ');
    }
    return false;
}

bool ocsf_any(const struct ocsf_words *words, const char *list)
{
    for (size_t i = 0; i < words->count; i++)
        if (ocsf_in(words->words[i], list))
            return true;
    return false;
}
