/* Damaged files of any kind, for readers that must survive them.
 * Room: data (tests). */
#ifndef BF_TESTS_DAMAGE_H
#define BF_TESTS_DAMAGE_H

#include "data/source.h"

/**
 * Reads the request's first path again and again, each time damaged in another way: bytes changed,
 * cut out, put in, repeated, the end cut off. Every reading must end in BF_OK, or in BF_ERR_DATA
 * with a reason. So many times as @p n_times says; BITFRONT_LONG=1: twenty times that.
 */
void damage_and_read(const bf_request *request, const bf_format *format, long n_times);

#endif
