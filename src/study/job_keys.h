/* The table of job-file keys.
 * Room: study (private). */
#ifndef BF_STUDY_JOB_KEYS_H
#define BF_STUDY_JOB_KEYS_H

#include <stddef.h>

/** How a key's value is read and where it goes. */
typedef enum bf_key_type {
  BF_KEY_COUNT,   /**< integer lo..hi into a size_t */
  BF_KEY_STEPS,   /**< the same, and -1 is "not given" */
  BF_KEY_NUMBER,  /**< integer or float lo..hi into a double */
  BF_KEY_FLAG,    /**< boolean into a bool */
  BF_KEY_TEXT,    /**< string into a const char * */
  BF_KEY_TREE,    /**< anything, kept as it is in a const bf_toml *; read later by who knows it */
  BF_KEY_IGNORED, /**< known from the Python tool, without a meaning here */
} bf_key_type;

typedef struct bf_key {
  const char *path;
  bf_key_type type;
  size_t offset; /**< inside bf_job */
  double lo;
  double hi;
} bf_key;

/** All keys; *n of them. Borrowed. */
const bf_key *bf_job_keys(size_t *n);

#endif
