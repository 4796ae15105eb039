/* What a rule chose of a study, for people.
 * Room: cli. */
#ifndef BF_CLI_PICK_TEXT_H
#define BF_CLI_PICK_TEXT_H

#include "base/text.h"
#include "study/rule.h"

/**
 * @brief Appends the choice with why, the runner-up and both side by side; several, of a whole
 *        front, as a row each.
 * @param by the rule's text.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_pick_print(const bf_record *record, const bf_pick *pick, const char *by,
                        bf_text *text);

#endif
