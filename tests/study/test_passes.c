/* Tests of [passes.quantize]: which layer gets which format, and what is refused.
 * Room: tests. */
#include "unit.h"

#include "study_fixture.h"

#include "study/passes.h"

#define INTEGER(data, weight)                                                                      \
  "name = \"integer\"\ndata_in_width = " data "\nweight_width = " weight "\n"                      \
  "weight_frac_width = 3\n"

static bf_status apply(const char *text, bf_model *model)
{
  bf_job *job = NULL;
  assert_ok(bf_model_zoo("jsc-lab4", 16, 5, model));
  assert_ok(fixture_job(text, &job));
  bf_status status = bf_passes_quantize(job, model);
  bf_job_free(job);
  return status;
}

/* Widths of data_in of the four ReLUs and weights of the three Linears; 32 for none. */
static void check_widths(const bf_model *model, const int relus[4], const int linears[3])
{
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(bf_quantizer_width(&model->layers[1 + 2 * i].data_in), relus[i]);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(bf_quantizer_width(&model->layers[2 + 2 * i].weight), linears[i]);
}

static void pass_by_type_has_a_default(void **state)
{
  (void)state;
  bf_model model;
  assert_ok(apply("[passes.quantize]\nby = \"type\"\n"
                  "[passes.quantize.default.config]\nname = \"NA\"\n"
                  "[passes.quantize.conv2d.config]\nname = \"NA\"\n"
                  "[passes.quantize.linear.config]\n" INTEGER("8", "6"),
                  &model));
  check_widths(&model, (const int[]){32, 32, 32, 32}, (const int[]){6, 6, 6});
  const bf_layer *layer = &model.layers[2];
  assert_string_equal(bf_quantizer_name(&layer->weight), "integer");
  assert_int_equal(layer->weight.parameters[1], 3);
  /* Null: half the width. */
  assert_int_equal(layer->data_in.parameters[1], 4);
  assert_false(layer->data_in.is_unsigned);
  assert_null(layer->bias.format);
  assert_null(model.input.format);
}

static void pass_by_name_beats_the_default(void **state)
{
  (void)state;
  bf_model model;
  assert_ok(apply("[passes.quantize]\nby = \"name\"\n"
                  "[passes.quantize.default.config]\n" INTEGER(
                      "8", "6") "[passes.quantize.x.config]\nname = \"fixed\"\ndata_in = [12, 8]\n"
                                "[passes.quantize.seq_blocks_4.config]\nname = \"NA\"\n"
                                "[passes.quantize.seq_blocks_6.config]\nname = \"integer\"\n"
                                "data_in = [4, 2]\nweight = [3, 1]\nbias = [5, 2]\n",
                  &model));
  check_widths(&model, (const int[]){8, 8, 8, 8}, (const int[]){6, 32, 3});
  assert_true(model.layers[1].data_in.is_unsigned);
  assert_int_equal(bf_quantizer_width(&model.layers[6].bias), 5);
  assert_int_equal(bf_quantizer_width(&model.input), 12);
}

static void pass_by_regular_expression_takes_the_first_match(void **state)
{
  (void)state;
  bf_model model;
  assert_ok(apply("[passes.quantize]\nby = \"regex_name\"\n"
                  "[passes.quantize.'seq_blocks_[46]'.config]\n" INTEGER(
                      "8", "6") "[passes.quantize.'seq_blocks_\\d'.config]\n" INTEGER("9", "7"),
                  &model));
  check_widths(&model, (const int[]){9, 9, 9, 9}, (const int[]){7, 6, 6});
  assert_ok(apply("[passes.quantize]\nby = \"regex_name\"\n"
                  "[passes.quantize.default.config]\nname = \"NA\"\n"
                  "[passes.quantize.seq_blocks_2.config]\n" INTEGER("8", "6"),
                  &model));
  check_widths(&model, (const int[]){32, 32, 32, 32}, (const int[]){6, 32, 32});
}

static void pass_leaves_layers_without_a_table_alone(void **state)
{
  (void)state;
  bf_model model;
  bf_job *job = NULL;
  assert_ok(apply("[passes.quantize]\nby = \"type\"\n"
                  "[passes.quantize.linear.config]\n" INTEGER("8", "6"),
                  &model));
  assert_ok(fixture_job("[passes.quantize]\nby = \"type\"\n"
                        "[passes.quantize.relu.config]\n" INTEGER("4", "5"),
                        &job));
  assert_ok(bf_passes_quantize(job, &model));
  bf_job_free(job);
  check_widths(&model, (const int[]){4, 4, 4, 4}, (const int[]){6, 6, 6});
}

static void pass_that_is_wrong_names_line_and_column(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    const char *words;
  } cases[] = {
      {"seed = 1\n", "no table [passes.quantize]"},
      {"[passes.quantize.linear.config]\nname = \"NA\"\n", "job.toml:1:"},
      {"[passes.quantize]\nby = \"kind\"\n", "job.toml:2:1: 'by' of [passes.quantize] is 'kind'"},
      {"[passes.quantize]\nby = \"type\"\n[passes.quantize.linaer.config]\nname = \"NA\"\n",
       "did you mean 'linear'?"},
      {"[passes.quantize]\nby = \"regex_name\"\n[passes.quantize.'blocks.*'.config]\n"
       "name = \"NA\"\n",
       "job.toml:3:18: pattern 'blocks.*' matches no node of model 'jsc-lab4'"},
      {"[passes.quantize]\nby = \"regex_name\"\n[passes.quantize.'seq_['.config]\nname = \"NA\"\n",
       "'seq_[' is no regular expression"},
      {"[passes.quantize]\nby = \"type\"\n[passes.quantize.linear.config]\nname = \"intger\"\n",
       "job.toml:4:1: unknown number format 'intger'"},
      {"[passes.quantize]\nby = \"type\"\n[passes.quantize.linear.config]\nname = \"integer\"\n"
       "weight_widht = 4\n",
       "job.toml:5:1: 'weight_widht'"},
      {"[passes.quantize]\nby = \"type\"\n[passes.quantize.linear.config]\n" INTEGER("8", "33"),
       "weight: width is 33"},
      {"[passes.quantize]\nby = \"name\"\n[passes.quantize.seq_blocks_0.config]\n" INTEGER("8",
                                                                                           "3"),
       "node 'seq_blocks_0' cannot be quantised"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_model model;
    bf_status status = apply(cases[i].text, &model);
    if (status != BF_ERR_USAGE || strstr(bf_trail(), cases[i].words) == NULL)
      fail_msg("case %zu: '%s'", i, bf_trail());
    for (size_t l = 0; l < model.n_layers; l++)
      assert_null(model.layers[l].weight.format);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pass_by_type_has_a_default),
      cmocka_unit_test(pass_by_name_beats_the_default),
      cmocka_unit_test(pass_by_regular_expression_takes_the_first_match),
      cmocka_unit_test(pass_leaves_layers_without_a_table_alone),
      cmocka_unit_test(pass_that_is_wrong_names_line_and_column),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
