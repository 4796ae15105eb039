/* What reading a rule and applying it share.
 * Room: study (private). */
#ifndef BF_STUDY_RULE_PARTS_H
#define BF_STUDY_RULE_PARTS_H

#include "study/rule.h"

/** ">=", "<=", ">", "<". */
const char *bf_relation_text(bf_relation relation);

#endif
