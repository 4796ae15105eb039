/* Result files of studies whose journals are written line by line: what stands in them, and when
 * there are none.
 * Tests of src/study/results*.c and report.c. */
#include "unit.h"

#include <dirent.h>
#include <math.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "study/journal_form.h"
#include "study/results.h"
#include "study_fixture.h"

static char folder[64];

static int make_folder(void **state)
{
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/bitfront-results-XXXXXX");
  return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
  (void)state;
  bf_folder_remove(folder);
  return 0;
}

/* Widths matter only to an integer node: four configurations. */
#define SPACE                                                                                      \
  "[search.search_space.seed.default.config]\nname = [\"NA\"]\n"                                   \
  "[search.search_space.seed.seq_blocks_2.config]\nname = [\"NA\", \"integer\"]\n"                 \
  "data_in = [[8, 4]]\nweight_width = [8, 6, 4]\nweight_frac_width = [2]\nbias = [[8, 4]]\n"
#define SETUP                                                                                      \
  "[search.strategy.setup]\nsampler = \"random\"\nn_trials = 4\nsum_scaled_metrics = false\n"
#define METRICS                                                                                    \
  "[search.strategy.metrics]\nloss.scale = 1.0\nloss.direction = \"minimize\"\n"                   \
  "weight_bits.scale = 0.5\nweight_bits.direction = \"minimize\"\n"
#define JOB JOB_HEAD SPACE JOB_NULL SETUP METRICS
/* Two seeds each for the same. */
#define JOB_TWICE                                                                                  \
  JOB_HEAD SPACE JOB_NULL "[search.strategy.setup]\nsampler = \"random\"\nn_trials = 8\n"          \
                          "repeats = 2\nsum_scaled_metrics = false\n" METRICS                      \
                          "[search.strategy.constraints]\nloss = \"<= 2\"\n"

static const uint32_t untouched[] = {0, 0, 0, 0, 0};

static const uint32_t *integer(uint32_t width)
{
  static uint32_t indexes[] = {1, 0, 0, 0, 0};
  indexes[2] = width;
  return indexes;
}

/* A study and the journal that it leaves behind. */
typedef struct fixture {
  bf_job *job;
  bf_plan *plan;
  bf_journal_form *form;
  bf_text journal;
  bf_record *record;
} fixture;

static const bf_run_info info = {.isa = "base", .backend = "reference", .n_ranks = 3};

static void start(fixture *f, const char *job)
{
  *f = (fixture){0};
  assert_ok(fixture_plan(job, &f->job, &f->plan));
  assert_ok(bf_journal_form_create(f->plan, &f->form));
  bf_journal_print_head(f->plan, "study", &f->journal);
  bf_journal_print_session(0, &info, 1000.25, &f->journal);
}

static void stop(fixture *f)
{
  bf_record_free(f->record);
  bf_journal_form_free(f->form);
  bf_text_release(&f->journal);
  bf_plan_free(f->plan);
  bf_job_free(f->job);
}

static void ask(fixture *f, uint64_t number, const uint32_t *indexes)
{
  bf_journal_print_ask(f->form, 100 + number, 1, indexes, 1001.0 + (double)number, &f->journal);
}

/* A trial on rank 2 that took half a second. */
static bf_result result_of(uint64_t number)
{
  static char no_reason[] = "";
  static char host[] = "node";
  return (bf_result){.kind = BF_TASK_TRIAL,
                     .number = number,
                     .reason = no_reason,
                     .host = host,
                     .metrics = bf_metrics_none(),
                     .started_s = 1001.0 + (double)number,
                     .duration_s = 0.5};
}

static void tell(fixture *f, uint64_t number, double loss, double weight_bits)
{
  bf_result result = result_of(number);
  result.metrics.value[BF_METRIC_loss] = loss;
  result.metrics.value[BF_METRIC_weight_bits] = weight_bits;
  bf_journal_print_tell(f->form, 2, &result, &f->journal);
}

static void tell_failed(fixture *f, uint64_t number, char *reason)
{
  bf_result result = result_of(number);
  result.failed = true;
  result.reason = reason;
  result.metrics.value[BF_METRIC_loss] = 9;
  result.metrics.value[BF_METRIC_weight_bits] = 64;
  bf_journal_print_tell(f->form, 2, &result, &f->journal);
}

static void test(fixture *f, uint64_t number, size_t n_correct, double loss)
{
  bf_result result = result_of(number);
  result.kind = BF_TASK_TEST;
  result.n_test_rows = 200;
  result.n_test_correct = n_correct;
  result.test_loss = loss;
  bf_journal_print_test(&result, &f->journal);
}

/* "<folder>/<name>", valid until the next call. */
static const char *in_folder(const char *name)
{
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void open_record(fixture *f)
{
  assert_ok(bf_file_write_text(in_folder(BF_JOURNAL_NAME), &f->journal));
  assert_ok(bf_study_open(folder, &f->record));
}

/* Told out of order; one failed, one has not ended. */
static void start_usual(fixture *f)
{
  start(f, JOB);
  for (uint32_t number = 0; number < 3; number++)
    ask(f, number, integer(number));
  tell(f, 2, 0.1, 4);
  tell(f, 0, 0.125, 4294967297);
  tell_failed(f, 1, (char[]){"it \"died\", early"});
  ask(f, 3, untouched);
}

static void assert_holds(const char *name, const char *expected)
{
  bf_text text = {0};
  assert_ok(bf_file_read(in_folder(name), &text));
  assert_string_equal(bf_text_view(&text), expected);
  bf_text_release(&text);
}

/* trials.csv as it is written. */
static void read_trials(const fixture *f, bf_text *text)
{
  assert_ok(bf_results_trials_write(f->plan, f->record, in_folder("trials.csv")));
  assert_ok(bf_file_read(in_folder("trials.csv"), text));
  unlink(in_folder("trials.csv"));
}

#define PARAMETERS                                                                                 \
  "number,state,seed,seq_blocks_2/name,seq_blocks_2/data_in,seq_blocks_2/weight_width,"            \
  "seq_blocks_2/weight_frac_width,seq_blocks_2/bias,"
#define MEASURES                                                                                   \
  "loss,accuracy,accuracy_micro,dead_outputs,bitops,bitops_per_row,flops,macs,average_bitwidth,"   \
  "average_bitwidth_all,memory_density,w_overall_bit,weight_bits,bias_bits,model_size_bytes,"      \
  "n_params,"
#define REST "on_front,reason,rank,host,latency,started_s,duration_s"

static void trials_csv_has_a_row_for_each_trial_that_ended(void **state)
{
  (void)state;
  fixture f;
  bf_text text = {0};
  start_usual(&f);
  tell(&f, 3, 0.5, 3);
  ask(&f, 4, integer(1));
  open_record(&f);
  read_trials(&f, &text);
  assert_string_equal(
      text.data, PARAMETERS MEASURES REST
      "\n"
      "0,COMPLETE,100,integer,\"[8, 4]\",8,2,\"[8, 4]\",0.125,,,,,,,,,,,,4294967297,,,,0,,2,node,,"
      "1001.000000,0.5\n"
      "1,FAIL,101,integer,\"[8, 4]\",6,2,\"[8, 4]\",9,,,,,,,,,,,,64,,,,0,\"it \"\"died\"\", "
      "early\","
      "2,node,,1002.000000,0.5\n"
      "2,COMPLETE,102,integer,\"[8, 4]\",4,2,\"[8, 4]\",0.1,,,,,,,,,,,,4,,,,1,,2,node,,1003.000000,"
      "0.5\n"
      "3,COMPLETE,103,NA,,,,,0.5,,,,,,,,,,,,3,,,,1,,2,node,,1004.000000,0.5\n");
  bf_text_release(&text);
  stop(&f);
}

static void front_csv_has_tests_and_checkpoints(void **state)
{
  (void)state;
  fixture f;
  bf_text text = {0};
  start_usual(&f);
  test(&f, 2, 100, 0.75);
  open_record(&f);
  assert_ok(bf_folder_create(in_folder("checkpoints")));
  assert_ok(bf_file_write(in_folder("checkpoints/trial-000002.h5"), "", 0));
  assert_ok(bf_results_front_csv(f.plan, f.record, &text));
  assert_string_equal(
      text.data, PARAMETERS MEASURES REST
      ",test_accuracy,test_accuracy_lo,test_accuracy_hi,test_loss,checkpoint\n"
      "2,COMPLETE,102,integer,\"[8, 4]\",4,2,\"[8, 4]\",0.1,,,,,,,,,,,,4,,,,1,,2,node,,1003.000000,"
      "0.5,0.5,0.43136086,0.56863914,0.75,checkpoints/trial-000002.h5\n");
  bf_text_release(&text);
  stop(&f);
}

/* Also of one whose first trial failed; not of one that misses a constraint or lacks a trial. */
static void front_csv_of_repeats_is_about_configurations(void **state)
{
  (void)state;
  fixture f;
  bf_text text = {0};
  start(&f, JOB_TWICE);
  for (uint32_t number = 0; number < 6; number++)
    ask(&f, number, integer(number / 2));
  ask(&f, 6, untouched);
  tell(&f, 0, 1, 20);
  tell(&f, 1, 2, 20);
  tell(&f, 3, 1.75, 10);
  tell_failed(&f, 2, (char[]){"no"});
  tell(&f, 4, 3, 2);
  tell(&f, 5, 3, 2);
  tell(&f, 6, 0.1, 1);
  test(&f, 0, 100, 0.5);
  test(&f, 1, 102, 1.5);
  open_record(&f);
  assert_ok(bf_results_front_csv(f.plan, f.record, &text));
  assert_non_null(strstr(text.data, "n_params,violation,on_front,"));
  assert_non_null(strstr(text.data, ",checkpoint,n_complete,loss_sd,weight_bits_sd\n"));
  assert_string_equal(strchr(text.data, '\n') + 1,
                      "0,COMPLETE,100,integer,\"[8, 4]\",8,2,\"[8, 4]\",1.5,,,,,,,,,,,,20,,,,0,1,,"
                      "2,node,,1001.000000,0.5,0.505,0.43627,0.573541546,1,,2,0.707106781,0\n"
                      "2,COMPLETE,102,integer,\"[8, 4]\",6,2,\"[8, 4]\",1.75,,,,,,,,,,,,10,,,,0,1,,"
                      "2,node,,1003.000000,0.5,,,,,,1,,\n");
  bf_text_reset(&text);
  read_trials(&f, &text);
  assert_non_null(strstr(text.data, ",9,,,,,,,,,,,,64,,,,,1,no,2,node,"));
  assert_non_null(strstr(text.data, ",3,,,,,,,,,,,,2,,,,0.5,0,,2,node,"));
  bf_text_release(&text);
  stop(&f);
}

static void study_json_adds_what_came_later_to_its_head(void **state)
{
  (void)state;
  fixture f;
  bf_text text = {0};
  start_usual(&f);
  bf_journal_print_end(0, "n_trials", 3, 12.5, &f.journal);
  open_record(&f);
  bf_json *head = bf_head_json(f.plan);
  bf_json *json = bf_results_study_json(f.record);
  assert_ok(bf_json_print(json, &text));
  assert_non_null(strstr(text.data, "\n    \"isa\": \"base\",\n    \"backend\": \"reference\",\n"
                                    "    \"ranks\": 3,\n    \"hosts\": [\n        \"node\"\n    ],"
                                    "\n    \"n_trials\": 4,\n    \"repeats\": 1,\n    \"done\": 2,"
                                    "\n    \"failed\": 1,\n    \"end\": \"n_trials\",\n"
                                    "    \"start_s\": 1000.25,\n    \"wall_s\": 12.5,\n"
                                    "    \"core_hours\": 0.0104166666666667,\n"
                                    "    \"trials_per_core_hour\": 288.0,\n"
                                    "    \"utilisation\": 0.06,\n"
                                    "    \"front\": [\n        2\n    ],\n    \"best\": null,\n"
                                    "    \"exit\": 3,\n    \"sessions\": [\n        {\n"
                                    "            \"version\": \"" BITFRONT_VERSION "\",\n"
                                    "            \"isa\": \"base\",\n"
                                    "            \"backend\": \"reference\",\n"
                                    "            \"ranks\": 3,\n            \"host\": "));
  assert_non_null(strstr(text.data, "            \"start_s\": 1000.25,\n"
                                    "            \"wall_s\": 12.5,\n"
                                    "            \"end\": \"n_trials\",\n"
                                    "            \"exit\": 3\n        }\n    ]\n}\n"));
  /* Every member of the head is there, as it was. */
  static const char *const names[] = {"format",     "version",     "seed", "sampler",  "space",
                                      "objectives", "constraints", "data", "n_trials", "repeats"};
  enum { N_NAMES = sizeof names / sizeof *names };
  assert_int_equal(bf_json_size(head), N_NAMES);
  assert_int_equal(bf_json_size(json), N_NAMES + 16);
  const char *at = text.data;
  for (size_t i = 0; i < N_NAMES; i++) {
    bf_text part = {0};
    bf_json *one = bf_json_object();
    bf_json_set(one, names[i], bf_json_copy(bf_json_get(head, names[i])));
    assert_ok(bf_json_print(one, &part));
    part.data[part.length - strlen("\n}\n")] = '\0';
    at = strstr(at, part.data + strlen("{"));
    if (at == NULL)
      fail_msg("study.json lacks %s, or it is not in its place", part.data);
    bf_json_free(one);
    bf_text_release(&part);
  }
  bf_json_free(head);
  bf_json_free(json);
  bf_text_release(&text);
  stop(&f);
}

/* The last session says how the study ended, the first when it began. */
static void study_json_tells_of_every_session(void **state)
{
  (void)state;
  fixture f;
  bf_text text = {0};
  start_usual(&f);
  const bf_run_info other = {.isa = "avx2", .backend = "blis", .n_ranks = 1};
  bf_journal_print_end(0, "signal", 4, 10, &f.journal);
  bf_journal_print_session(1, &other, 2000, &f.journal);
  bf_journal_print_again(3, 1, &f.journal);
  open_record(&f);
  bf_json *json = bf_results_study_json(f.record);
  assert_ok(bf_json_print(json, &text));
  assert_non_null(strstr(text.data, "\n    \"isa\": \"avx2\",\n    \"backend\": \"blis\",\n"
                                    "    \"ranks\": 1,\n"));
  assert_non_null(strstr(text.data, "\n    \"end\": \"none\",\n    \"start_s\": 1000.25,\n"));
  assert_non_null(strstr(text.data, "\n    \"exit\": null,\n    \"sessions\": [\n"));
  assert_non_null(strstr(text.data, "            \"end\": \"signal\",\n            \"exit\": 4\n"));
  assert_non_null(
      strstr(text.data, "            \"end\": \"none\",\n            \"exit\": null\n"));
  bf_json_free(json);
  bf_text_release(&text);
  stop(&f);
}

static void best_json_has_the_configuration_of_each_node(void **state)
{
  (void)state;
  fixture f;
  bf_text text = {0};
  start_usual(&f);
  tell(&f, 3, 0.5, 3);
  open_record(&f);
  bf_json *json = bf_results_best_json(f.plan, f.record);
  assert_int_equal(bf_json_size(json), 2);
  assert_ok(bf_json_print(json, &text));
  assert_non_null(strstr(text.data, "    \"0\": {\n        \"number\": 2,\n        \"value\": [\n"
                                    "            0.1,\n            2.0\n        ],\n"
                                    "        \"software_metrics\": {\n            \"loss\": 0.1\n"
                                    "        },\n        \"hardware_metrics\": {\n"
                                    "            \"weight_bits\": 4.0\n        },\n"
                                    "        \"scaled_metrics\": {\n            \"loss\": 0.1,\n"
                                    "            \"weight_bits\": 2.0\n        },\n"
                                    "        \"sampled_config\": {\n"
                                    "            \"seq_blocks_1\": null,\n"
                                    "            \"seq_blocks_2\": {\n"
                                    "                \"config\": {\n"
                                    "                    \"name\": \"integer\",\n"
                                    "                    \"data_in_width\": 8,\n"
                                    "                    \"data_in_frac_width\": 4,\n"
                                    "                    \"weight_width\": 4,\n"
                                    "                    \"weight_frac_width\": 2,\n"
                                    "                    \"bias_width\": 8,\n"
                                    "                    \"bias_frac_width\": 4\n"));
  /* What makes no difference is null, and its index 0. */
  assert_non_null(strstr(text.data, "                    \"name\": null,\n"
                                    "                    \"weight_width\": null,\n"
                                    "                    \"weight_frac_width\": null\n"));
  assert_non_null(strstr(text.data, "        \"params\": {\n"
                                    "            \"seq_blocks_2/name\": 0,\n"
                                    "            \"seq_blocks_2/data_in\": 0,\n"
                                    "            \"seq_blocks_2/weight_width\": 0,\n"
                                    "            \"seq_blocks_2/weight_frac_width\": 0,\n"
                                    "            \"seq_blocks_2/bias\": 0\n"));
  bf_json_free(json);
  bf_text_release(&text);
  stop(&f);
}

static void log_json_is_one_document_of_all_rows(void **state)
{
  (void)state;
  fixture f;
  bf_text log = {0};
  bf_text again = {0};
  bf_json *rows = NULL;
  start_usual(&f);
  open_record(&f);
  assert_ok(bf_results_log_write(f.plan, f.record, in_folder("log.json")));
  assert_ok(bf_file_read(in_folder("log.json"), &log));
  assert_ok(bf_json_parse(log.data, "log.json", &rows));
  assert_int_equal(bf_json_size(rows), 3);
  assert_ok(bf_json_print(rows, &again));
  assert_string_equal(again.data, log.data);
  const bf_json *failed = bf_json_get(rows, "1");
  assert_int_equal(bf_json_kind_of(bf_json_get(failed, "values_0")), BF_JSON_NULL);
  assert_string_equal(bf_json_text(bf_json_get(failed, "state")), "FAIL");
  assert_int_equal(bf_json_int64(bf_json_get(failed, "datetime_complete")), 1002500);
  bf_json_free(rows);
  bf_text_release(&log);
  bf_text_release(&again);
  stop(&f);
}

static void log_json_of_no_trials_is_an_empty_object(void **state)
{
  (void)state;
  fixture f;
  start(&f, JOB);
  open_record(&f);
  assert_ok(bf_results_log_write(f.plan, f.record, in_folder("log.json")));
  assert_holds("log.json", "{}\n");
  stop(&f);
}

static const char *const files[] = {"job.toml",  "study.json", "trials.csv",
                                    "front.csv", "best.json",  "log.json"};
enum { N_FILES = sizeof files / sizeof *files };

/* Entries of the folder. */
static size_t count_entries(void)
{
  size_t n = 0;
  DIR *entries = opendir(folder);
  assert_non_null(entries);
  while (readdir(entries) != NULL)
    n++;
  closedir(entries);
  return n - 2; /* "." and ".." */
}

static char warning[256];

static void keep_line(bf_log_level level, const char *line, void *context)
{
  (void)level;
  (void)context;
  snprintf(warning, sizeof warning, "%s", line);
}

static void tell_dead(fixture *f, uint64_t number, double loss)
{
  bf_result result = result_of(number);
  result.metrics.value[BF_METRIC_loss] = loss;
  result.metrics.value[BF_METRIC_weight_bits] = 3;
  result.metrics.value[BF_METRIC_dead_outputs] = 1;
  bf_journal_print_tell(f->form, 2, &result, &f->journal);
}

/* Of nets that are not on the front nobody warns. */
static void results_are_six_files_and_a_warning(void **state)
{
  (void)state;
  fixture f;
  bf_text text = {0};
  start(&f, JOB);
  for (uint32_t number = 0; number < 3; number++)
    ask(&f, number, integer(number));
  tell(&f, 0, 0.25, 4);
  tell_dead(&f, 1, 0.5);
  tell_dead(&f, 2, 0.75);
  open_record(&f);
  warning[0] = '\0';
  bf_log_set_sink(keep_line, NULL);
  assert_ok(bf_results_write(f.plan, f.record));
  bf_log_set_sink(NULL, NULL);
  assert_string_equal(warning, "1 of 2 nets on the front have outputs that are 0 for every "
                               "validation row (dead_outputs)");
  for (size_t i = 0; i < N_FILES; i++)
    assert_true(bf_file_exists(in_folder(files[i])));
  assert_int_equal(count_entries(), N_FILES + 1);
  bf_toml_print(f.job->tree, &text);
  assert_holds("job.toml", text.data);
  bf_text_release(&text);
  stop(&f);
}

static void write_old_files(void)
{
  for (size_t i = 0; i < N_FILES; i++)
    assert_ok(bf_file_write(in_folder(files[i]), "old", 3));
}

/* Whatever cannot be had: the old files or the new ones, and nothing else. Some memory can be done
 * without (a folder is not synced then), so that one success is not yet the end. */
static void results_without_memory_leave_whole_files(void **state)
{
  (void)state;
  fixture f;
  start(&f, JOB);
  ask(&f, 0, integer(1));
  tell(&f, 0, 0.5, 3);
  test(&f, 0, 100, 0.75);
  open_record(&f);
  write_old_files();
  /* Every one would take seconds, as each round syncs files. */
  for (long n = 0, n_fine = 0; n_fine < 3; n += 1 + n / 50) {
    bf_alloc_fail_after(n);
    bf_status status = bf_results_write(f.plan, f.record);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_int_equal(count_entries(), N_FILES + 1);
    if (status != BF_OK)
      assert_holds("study.json", "old");
    else
      write_old_files();
    n_fine = status == BF_OK ? n_fine + 1 : 0;
  }
  stop(&f);
}

static void results_that_cannot_be_written_say_which(void **state)
{
  (void)state;
  fixture f;
  start_usual(&f);
  open_record(&f);
  assert_ok(bf_folder_create(in_folder("log.json")));
  assert_fails(bf_results_write(f.plan, f.record), BF_ERR_IO, "log.json");
  assert_false(bf_file_exists(in_folder("study.json")));
  stop(&f);
}

static void end_says_why_a_study_is_shorter(void **state)
{
  (void)state;
  static const struct {
    const char *end;
    const char *expected;
  } cases[] = {
      {"n_trials", ""},
      {NULL, ""},
      {"of a later version", ""},
      {"space", "the space is exhausted: all 3 different configurations were tried\n"},
      {"timeout", "the timeout of 60 s ended the study after 3 of 4 trials\n"},
      {"plateau", "the last 2 configurations added no more than 0.1 % to the hypervolume, which "
                  "ended the study after 3 of 4 trials\n"},
      {"signal", "a signal ended the run after 3 of 4 trials; --resume goes on with it\n"},
      {"time limit",
       "its time limit ended the run after 3 of 4 trials; --resume goes on with it\n"},
      {"no workers",
       "the loss of every worker ended the run after 3 of 4 trials; --resume goes on with it\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fixture f;
    bf_text text = {0};
    start_usual(&f);
    f.job->timeout_s = 60;
    f.job->plateau_trials = 2;
    f.job->plateau_gain = 1e-3;
    if (cases[i].end != NULL)
      bf_journal_print_end(0, cases[i].end, 4, 10, &f.journal);
    open_record(&f);
    assert_ok(bf_results_end(f.plan, f.record, &text));
    assert_string_equal(bf_text_view(&text), cases[i].expected);
    bf_text_release(&text);
    stop(&f);
  }
}

static void end_names_the_trial_that_comes_nearest(void **state)
{
  (void)state;
  fixture f;
  bf_text text = {0};
  start(&f, JOB_TWICE);
  for (uint32_t number = 0; number < 6; number++)
    ask(&f, number, integer(number / 2));
  tell(&f, 0, 10, 1);
  tell(&f, 1, 10, 1);
  tell(&f, 2, 2, 1);
  tell(&f, 3, 4, 1);
  tell_failed(&f, 4, (char[]){"no"});
  tell_failed(&f, 5, (char[]){"no"});
  open_record(&f);
  assert_ok(bf_results_end(f.plan, f.record, &text));
  assert_string_equal(bf_text_view(&text),
                      "no trial meets the constraints; trial 2 comes nearest, missing them by 50 % "
                      "in all\n");
  bf_text_release(&text);
  stop(&f);
}

static void report_has_a_line_for_each_complete_trial(void **state)
{
  (void)state;
  fixture f;
  bf_text text = {0};
  start(&f, JOB "[search.report]\nline = \"{number}: {seq_blocks_2/bias} {loss}\"\n");
  ask(&f, 0, integer(1));
  ask(&f, 1, integer(2));
  ask(&f, 2, untouched);
  tell(&f, 2, 0.5, 1);
  tell_failed(&f, 1, (char[]){"no"});
  tell(&f, 0, 0.25, 1);
  open_record(&f);
  assert_ok(bf_results_report(f.plan, f.record, &text));
  assert_string_equal(bf_text_view(&text), "0: (8, 4) 0.25\n2:  0.5\n");
  bf_text_release(&text);
  stop(&f);
}

static void best_table_lists_the_front(void **state)
{
  (void)state;
  fixture f;
  bf_text text = {0};
  start_usual(&f);
  test(&f, 2, 100, 0.75);
  open_record(&f);
  assert_ok(bf_results_best_table(f.plan, f.record, &text));
  assert_non_null(strstr(text.data, " 0 |      2 | {'loss': 0.1}"));
  assert_non_null(
      strstr(text.data, "| {'loss': 0.1, 'weight_bits': 2.0} | 0.5000 [0.4314, 0.5686]"));
  assert_null(strstr(text.data, "4294967297"));
  assert_non_null(strstr(text.data, "\ntest_accuracy: share of test rows predicted right (micro)"));
  bf_text_release(&text);
  stop(&f);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
      IN_FOLDER(trials_csv_has_a_row_for_each_trial_that_ended),
      IN_FOLDER(front_csv_has_tests_and_checkpoints),
      IN_FOLDER(front_csv_of_repeats_is_about_configurations),
      IN_FOLDER(study_json_adds_what_came_later_to_its_head),
      IN_FOLDER(study_json_tells_of_every_session),
      IN_FOLDER(best_json_has_the_configuration_of_each_node),
      IN_FOLDER(log_json_is_one_document_of_all_rows),
      IN_FOLDER(log_json_of_no_trials_is_an_empty_object),
      IN_FOLDER(results_are_six_files_and_a_warning),
      IN_FOLDER(results_without_memory_leave_whole_files),
      IN_FOLDER(results_that_cannot_be_written_say_which),
      IN_FOLDER(end_says_why_a_study_is_shorter),
      IN_FOLDER(end_names_the_trial_that_comes_nearest),
      IN_FOLDER(report_has_a_line_for_each_complete_trial),
      IN_FOLDER(best_table_lists_the_front),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
