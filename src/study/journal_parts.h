/* How every line of a journal begins.
 * Room: study (private). */
#ifndef BF_STUDY_JOURNAL_PARTS_H
#define BF_STUDY_JOURNAL_PARTS_H

/* Numbers of operations in Optuna's format. */
#define BF_OP_STUDY           "0"
#define BF_OP_STUDY_ATTRIBUTE "2"
#define BF_OP_STUDY_SYSTEM    "3"
#define BF_OP_TRIAL           "4"
#define BF_OP_TRIAL_STATE     "6"
#define BF_OP_TRIAL_ATTRIBUTE "8"
#define BF_OP_TRIAL_SYSTEM    "9"

#define BF_LINE(op) "{\"op_code\":" op ",\"worker_id\":\"bitfront\","

/* Up to the name of an attribute; "}}\n" ends such a line. */
#define BF_STUDY_ATTRIBUTE BF_LINE(BF_OP_STUDY_ATTRIBUTE) "\"study_id\":0,\"user_attr\":{"

#endif
