/* Studies on disk, written by hand: two parameters, two objectives, a failed trial.
 * Tests of the study room. */
#ifndef BF_TESTS_RECORD_FIXTURE_H
#define BF_TESTS_RECORD_FIXTURE_H

#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "study/record.h"

#define RECORD_SPACE                                                                               \
  "\"space\": {\"size\": 6, \"parameters\": ["                                                     \
  "{\"name\": \"a/width\", \"kind\": \"ordered\", \"values\": [2, 4, null]}, "                     \
  "{\"name\": \"b/data_in\", \"kind\": \"choice\", \"values\": [[8, 4], \"x\"]}]}"
#define RECORD_OBJECTIVES                                                                          \
  "\"objectives\": [{\"name\": \"accuracy\", \"direction\": \"maximize\", \"scale\": 1.0}, "       \
  "{\"name\": \"bitops\", \"direction\": \"minimize\", \"scale\": 0.5}]"
#define RECORD_DOCUMENT                                                                            \
  "{\"format\": 1, \"seed\": 9007199254740993, \"sampler\": \"random\", " RECORD_SPACE             \
  ", " RECORD_OBJECTIVES                                                                           \
  ", \"data\": {\"hash\": \"00ff\"}, \"ranks\": 3, \"done\": 4, \"failed\": 1, \"wall_s\": 10}\n"
#define RECORD_TABLE                                                                               \
  "number,state,seed,a/width,b/data_in,loss,accuracy,bitops,on_front,reason,rank,host,latency,"    \
  "started_s,duration_s\n"                                                                         \
  "0,COMPLETE,11,2,\"[8, 4]\",0.9,0.5,100,1,,1,h,,1000.5,2\n"                                      \
  "1,FAIL,12,NA,x,,,,0,\"it \"\"died\"\", early\",2,h,,1001,1\n"                                   \
  "2,COMPLETE,13,4,\"[8, 4]\",0.7,0.6,200,1,,1,h,,1002,4\n"                                        \
  "3,COMPLETE,14,NA,x,0.8,0.55,300,0,,2,h,,1003,1\n"                                               \
  "4,COMPLETE,15,4,x,0.5,0.75,400,1,,2,h,0.25,1004,1\n"
#define RECORD_JOB "seed = 7\n[select]\nby = \"knee\"\n"

static char record_folder[64];

static int make_record_folder(void **state)
{
  (void)state;
  snprintf(record_folder, sizeof record_folder, "/tmp/bitfront-record-XXXXXX");
  return mkdtemp(record_folder) != NULL ? 0 : -1;
}

static int remove_record_folder(void **state)
{
  (void)state;
  bf_folder_remove(record_folder);
  return 0;
}

/* Replaces a file of the folder; NULL removes it. */
static inline void write_file(const char *name, const char *text)
{
  char *path = bf_path_join(record_folder, name);
  if (text != NULL)
    assert_ok(bf_file_write(path, text, strlen(text)));
  else
    unlink(path);
  free(path);
}

static inline void write_study(const char *document, const char *table, const char *job)
{
  write_file("study.json", document);
  write_file("trials.csv", table);
  write_file("job.toml", job);
}

/* @p text with the first @p from replaced by @p to; freed with free(). */
static inline char *replaced(const char *text, const char *from, const char *to)
{
  bf_text result = {0};
  const char *at = strstr(text, from);
  assert_non_null(at);
  bf_text_append_bytes(&result, text, (size_t)(at - text));
  bf_text_append(&result, to);
  bf_text_append(&result, at + strlen(from));
  return result.data;
}

#endif
