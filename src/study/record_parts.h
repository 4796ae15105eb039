/* The readers of a study's journal.
 * Room: study (private). */
#ifndef BF_STUDY_RECORD_PARTS_H
#define BF_STUDY_RECORD_PARTS_H

#include "study/plan_parts.h"
#include "study/record.h"

/*
 * A journal is read line by line (bf_lines); each line changes what is known so far (bf_replay).
 * Messages of the readers of a line say what is wrong in it; where it is, is put in front of that
 * once (bf_replay_run). Afterwards the trials are sorted into those that ended and those that did
 * not (bf_replay_finish), and candidates are made of the former (bf_record_find_candidates).
 */

/** The whole lines of a file, one in memory at a time. */
typedef struct bf_lines {
  FILE *file;
  char *buffer; /**< owned */
  size_t capacity;
  size_t first;        /**< where the next line begins in it */
  size_t end;          /**< so many bytes of it are used */
  size_t n_lines;      /**< given so far */
  size_t n_bytes;      /**< of those, with their line breaks */
  uint64_t n_expected; /**< bytes of the file when it was opened; holes do not count */
} bf_lines;

/** @brief Opens the regular file @p path. @return BF_OK; BF_ERR_DATA with the cause alone. */
bf_status bf_lines_open(bf_lines *lines, const char *path);

/** @brief The next line, without its line break. @param[out] line NULL at the end; until the next
 * call. @return BF_OK; BF_ERR_DATA (unreadable, longer than 64 MiB); BF_ERR_NOMEM. */
bf_status bf_lines_next(bf_lines *lines, const char **line, size_t *n);

/** At the end: whether bytes follow the last line break. */
bool bf_lines_is_torn(const bf_lines *lines);
void bf_lines_close(bf_lines *lines);

/** @brief A text of the record's own with the first @p n bytes of @p text, none of them NUL: many
 * trials share few. "" takes no memory. @return NULL when memory is short. */
const char *bf_record_text(bf_record *record, const char *text, size_t n);
void bf_record_texts_free(struct bf_record_texts *texts);

/*
 * Members of objects that must be there. `where` says of which object messages speak: "",
 * "objective 1: ". All return BF_OK, or BF_ERR_DATA "<where>'<key>' is <kind>, expected <kind>".
 */
bf_status bf_need(const bf_json *object, const char *where, const char *key, bf_json_kind kind,
                  const bf_json **out);
bf_status bf_need_text(const bf_json *object, const char *where, const char *key, const char **out);
/** A text that is the record's own (bf_record_text). Also BF_ERR_NOMEM. */
bf_status bf_need_copy(bf_record *record, const bf_json *object, const char *where, const char *key,
                       const char **out);
bf_status bf_need_number(const bf_json *object, const char *where, const char *key, double *out);
/** A whole number of 0 .. @p most. */
bf_status bf_need_natural(const bf_json *object, const char *where, const char *key, uint64_t most,
                          uint64_t *out);
/** A date or a duration, 0 or more, of less than 30,000 years. */
bool bf_is_seconds(double seconds);
bf_status bf_need_seconds(const bf_json *object, const char *where, const char *key, double *out);
/** One of two words. */
bf_status bf_need_word(const bf_json *object, const char *where, const char *key, const char *yes,
                       const char *no, bool *is_yes);

/** What is known of a trial while lines are read, beside what the record has. */
typedef struct bf_asked {
  double asked_s;
  size_t place;     /**< as in bf_record_pending */
  bool is_reported; /**< its result was read, its state was not */
  bool is_ended;
} bf_asked;

/** Bytes of a date up to its minute, "2026-11-22T17:00:". */
enum { BF_MINUTE = 17 };

/** What the lines so far say. The record's trials, indexes and `told` are by number until
 * bf_replay_finish. */
typedef struct bf_replay {
  bf_record *record;     /**< borrowed */
  const bf_lines *lines; /**< borrowed */
  bf_asked *asked;       /**< (n_asked); owned */
  size_t n_asked;
  size_t capacity;   /**< of asked, and of the record's arrays of trials */
  size_t n_handed;   /**< hand-outs so far */
  bool is_created;   /**< the line that creates the study was read */
  bf_text seen;      /**< the distributions of the last trial, as they stood in its line; owned */
  bool lacks_memory; /**< that is why the last line could not be read quickly */
  char minute[BF_MINUTE]; /**< the last date up to its minute; "": none */
  double minute_s;        /**< what that is */
} bf_replay;

/** @brief Reads all lines. @return BF_OK; BF_ERR_DATA "study.journal:<line>: ..."; BF_ERR_NOMEM. */
bf_status bf_replay_run(bf_replay *replay, bf_lines *lines);

/**
 * @brief Takes up a line about a trial that is printed as bf_journal_form prints it.
 * @param[out] is_taken otherwise nothing has changed, and it is for bf_json_parse_line.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_replay_quick(bf_replay *replay, const char *line, size_t n, bool *is_taken);

/** @brief Makes room for one more trial. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_replay_reserve(bf_replay *replay);

/** The next trial, of which nothing is known yet. */
void bf_replay_blank(const bf_replay *replay, bf_record_trial *trial, bf_asked *asked);

/** Adds it, for which there is room; its place in the record's indexes was filled in. */
void bf_replay_add(bf_replay *replay, const bf_record_trial *trial, const bf_asked *asked);

/** @brief Ends a trial with the result that it has. @return BF_OK; BF_ERR_DATA if it cannot be
 * complete with these metrics, and nothing has changed then. */
bf_status bf_replay_end(bf_replay *replay, uint64_t number, bool failed);

/** @brief "2026-11-22T17:00:00.000000", @p n bytes, local time, as seconds since 1970. @return
 * Whether it is one. */
bool bf_replay_date(bf_replay *replay, const char *text, size_t n, double *date_s);

/** @brief Sorts the trials. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_replay_finish(bf_replay *replay);

/** @brief A trial is handed out; told; something becomes known of it. Lines as they are. @return
 * BF_OK; BF_ERR_DATA; BF_ERR_NOMEM. */
bf_status bf_replay_ask(bf_replay *replay, const bf_json *line);
bf_status bf_replay_tell(bf_replay *replay, const bf_json *line);
bf_status bf_replay_trial_attribute(bf_replay *replay, const bf_json *line);
bf_status bf_replay_constraints(bf_replay *replay, const bf_json *line);

/** @brief A net was scored on the test split. @return BF_OK; BF_ERR_DATA. */
bf_status bf_replay_test(bf_replay *replay, uint64_t number, const bf_json *value);

/** @brief What is searched, the attribute "bitfront"; a later one replaces an earlier one of the
 * same space. @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM. */
bf_status bf_record_read_head(bf_record *record, const bf_json *value);
void bf_record_release_head(bf_record *record);

/** Whether trials of the record could be trials of a study with the attribute @p head: they are
 * told by places in the space, and stand in rows of repeats. */
bool bf_record_has_space(const bf_record *record, const bf_json *head);

/** What the study optimises. Borrows its terms. */
bf_goal bf_record_goal(const bf_record *record);

/** @brief Makes the candidates of the trials. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_record_find_candidates(bf_record *record);

#endif
