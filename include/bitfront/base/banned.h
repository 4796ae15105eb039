/* Makes calls of C functions with no safe use a compile error.
 * Room: base. Included by base/status.h, so it reaches every source file. */
#ifndef BF_BASE_BANNED_H
#define BF_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BF_BANNED(function) bf_banned_function_##function

/* NOLINTBEGIN(readability-identifier-naming): the names are the C library's. */
#undef strcpy
#define strcpy(to, from) BF_BANNED(strcpy)
#undef strcat
#define strcat(to, from) BF_BANNED(strcat)
#undef strtok
#define strtok(text, separators) BF_BANNED(strtok)
#undef sprintf
#define sprintf(...) BF_BANNED(sprintf)
#undef rand
#define rand() BF_BANNED(rand)
#undef atoi
#define atoi(text) BF_BANNED(atoi)
#undef atof
#define atof(text) BF_BANNED(atof)
#undef alloca
#define alloca(size) BF_BANNED(alloca)
/* NOLINTEND(readability-identifier-naming) */

#endif
