/* Talk: what a library function has to say while it succeeds goes to a sink set by the program.
 * Room: base. Without a sink nothing is printed. */
#ifndef BF_BASE_LOG_H
#define BF_BASE_LOG_H

#include "base/status.h"

/** BF_LOG_SILENT is no line's level; as the least one it silences all. */
typedef enum bf_log_level { BF_LOG_INFO, BF_LOG_WARNING, BF_LOG_SILENT } bf_log_level;

typedef void (*bf_log_sink)(bf_log_level level, const char *line, void *context);

/** Sends all later lines of the process to @p sink; NULL silences them. */
void bf_log_set_sink(bf_log_sink sink, void *context);

/** Drops all later lines below @p least. @return What it was before. */
bf_log_level bf_log_set_least(bf_log_level least);

/** One line without its newline. */
void bf_info(const char *format, ...) BF_PRINTF(1, 2);
void bf_warn(const char *format, ...) BF_PRINTF(1, 2);

#endif
