/* Stages: which ones a model's layers make, and what is fused into them.
 * Room: tests. */
#include "nets.h"

#include "nn/stack.h"
#include "nn/stack_plan.h"

enum { WIDTH = 6, CLASSES = 2, MOST_STAGES = 2 * BF_MAX_LAYERS + 2 };

/* A format of 8 bits, which kernels fuse, or of 32, which they do not. */
static bf_quantizer format_of(char sort, bool is_unsigned)
{
  return fixed_point(sort == '9' ? 32 : 8, 4, is_unsigned);
}

static bf_layer_kind kind_of(char letter)
{
  static const char letters[BF_N_LAYER_KINDS] = {[BF_LAYER_BATCHNORM] = 'b',
                                                 [BF_LAYER_RELU] = 'r',
                                                 [BF_LAYER_LINEAR] = 'l',
                                                 [BF_LAYER_DROPOUT] = 'd'};
  const char *found = memchr(letters, letter, sizeof letters);
  assert_non_null(found);
  return (bf_layer_kind)(found - letters);
}

/* A model in short: words for layers (batchnorm, relu, linear, dropout) and the input (x), each
 * with the sort of its format: "x8 l8 r l9". Weights have that of their layer's input. */
static bf_model model_of(const char *words)
{
  bf_layer_line lines[BF_MAX_LAYERS] = {{0}};
  char sorts[BF_MAX_LAYERS] = {0}, input = '\0';
  size_t n = 0;
  for (const char *word = words; *word != '\0'; word += strcspn(word, " "), word += *word == ' ') {
    char sort = word[1] == '8' || word[1] == '9' ? word[1] : '\0';
    if (word[0] == 'x') {
      input = sort;
      continue;
    }
    lines[n].kind = kind_of(word[0]);
    lines[n].out = lines[n].kind == BF_LAYER_LINEAR ? CLASSES : 0;
    sorts[n++] = sort;
  }
  bf_model model;
  assert_ok(bf_model_from_layers(n, lines, WIDTH, CLASSES, &model));
  for (size_t i = 0; i < n; i++) {
    if (sorts[i] == '\0')
      continue;
    model.layers[i].data_in = format_of(sorts[i], lines[i].kind == BF_LAYER_RELU);
    if (lines[i].kind == BF_LAYER_LINEAR)
      model.layers[i].weight = format_of(sorts[i], false);
  }
  if (input != '\0')
    model.input = format_of(input, false);
  return model;
}

static const char *name_of(const bf_stage *stage)
{
  static const struct {
    const bf_stage_operations *operations;
    const char *name;
  } known[] = {{&bf_pass_stage, "pass"},     {&bf_quantise_stage, "quantise"},
               {&bf_linear_stage, "linear"}, {&bf_packed_stage, "packed"},
               {&bf_norm_stage, "norm"},     {&bf_dropout_stage, "dropout"}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (known[i].operations == stage->operations)
      return known[i].name;
  fail_msg("unknown operations");
  return NULL;
}

/* The stages in words: "linear(grid relu grid) linear". */
static void describe(size_t n, const bf_stage *stages, bf_text *text)
{
  for (size_t i = 0; i < n; i++) {
    const bf_tail *tail = &stages[i].tail;
    bool is_first = true;
    bf_text_printf(text, "%s%s", i > 0 ? " " : "", name_of(&stages[i]));
    const char *parts[] = {tail->has_relu_grid ? "grid" : NULL, tail->has_relu ? "relu" : NULL,
                           tail->has_grid ? "grid" : NULL};
    for (size_t p = 0; p < 3; p++)
      if (parts[p] != NULL) {
        bf_text_printf(text, "%c%s", is_first ? '(' : ' ', parts[p]);
        is_first = false;
      }
    bf_text_append(text, is_first ? "" : ")");
  }
  assert_ok(bf_text_status(text));
}

static void check_plan_of(const char *words, bool in_integers, const char *expected)
{
  static bf_stage stages[MOST_STAGES];
  memset(stages, 0, sizeof stages);
  bf_model model = model_of(words);
  bf_text text = {0};
  describe(bf_stack_plan(&model, in_integers, stages), stages, &text);
  assert_string_equal(bf_text_view(&text), expected);
  bf_text_release(&text);
}

static void check_plan(const char *words, const char *expected)
{
  check_plan_of(words, false, expected);
}

static void layers_without_formats_make_a_stage_each_but_for_relu(void **state)
{
  (void)state;
  check_plan("l", "linear");
  check_plan("b l d l", "norm linear dropout linear");
  check_plan("l r l", "linear(relu) linear");
  check_plan("l r", "linear(relu)");
  check_plan("b r l", "norm(relu) linear");
  check_plan("l d r l", "linear dropout(relu) linear");
  check_plan("l b r b l", "linear norm(relu) norm linear");
}

static void formats_are_fused_into_the_stage_before(void **state)
{
  (void)state;
  check_plan("l r8 l", "linear(grid relu) linear");
  check_plan("l r l8", "linear(relu grid) linear");
  check_plan("l r8 l8", "linear(grid relu grid) linear");
  check_plan("l l8", "linear(grid) linear");
  check_plan("b r8 l8", "norm(grid relu grid) linear");
  check_plan("l r8 d l8", "linear(grid relu) dropout(grid) linear");
  check_plan("l d r8 l8", "linear dropout(grid relu grid) linear");
}

static void stages_that_only_finish_stand_where_nothing_is_before(void **state)
{
  (void)state;
  check_plan("r l", "pass(relu) linear");
  check_plan("r8 l", "pass(grid relu) linear");
  check_plan("r8 l8", "pass(grid relu grid) linear");
  check_plan("l8", "pass(grid) linear");
  check_plan("x8 l", "pass(grid) linear");
  check_plan("x8 b l", "pass(grid) norm linear");
}

static void tail_that_ends_with_a_quantiser_takes_nothing_more(void **state)
{
  (void)state;
  check_plan("x8 l8", "pass(grid) pass(grid) linear");
  check_plan("x8 r l", "pass(grid) pass(relu) linear");
  check_plan("x8 r8 l8", "pass(grid) pass(grid relu grid) linear");
}

static void relu_behind_a_relu_has_a_stage_of_its_own(void **state)
{
  (void)state;
  check_plan("l r r l", "linear(relu) pass(relu) linear");
  check_plan("l r8 r8 l8", "linear(grid relu) pass(grid relu grid) linear");
  check_plan("r r r l", "pass(relu) pass(relu) pass(relu) linear");
}

static void format_without_a_grid_has_a_stage_of_its_own(void **state)
{
  (void)state;
  check_plan("l9", "quantise linear");
  check_plan("x9 l", "quantise linear");
  check_plan("x9 l9", "quantise quantise linear");
  check_plan("x9 r l", "quantise pass(relu) linear");
  check_plan("l r9 l", "linear quantise pass(relu) linear");
  check_plan("l r l9", "linear(relu) quantise linear");
  check_plan("l r9 l8", "linear quantise pass(relu grid) linear");
  check_plan("l d l9", "linear dropout quantise linear");
}

/* Which quantise their input themselves. */
static void linears_of_few_bits_are_packed_in_integers(void **state)
{
  (void)state;
  check_plan_of("l8", true, "packed");
  check_plan_of("x8 l8", true, "pass(grid) packed");
  check_plan_of("l8 r l8", true, "packed(relu) packed");
  check_plan_of("l8 r8 l8", true, "packed(grid relu) packed");
  check_plan_of("b l r8 l8 l9", true, "norm linear(grid relu) packed quantise linear");
}

static void stages_know_layers_widths_and_formats(void **state)
{
  (void)state;
  static bf_stage stages[MOST_STAGES];
  memset(stages, 0, sizeof stages);
  bf_model model = model_of("x9 r8 l8 r l9");
  assert_int_equal(bf_stack_plan(&model, false, stages), 5);
  const bf_layer *layers[] = {NULL, NULL, &model.layers[1], NULL, &model.layers[3]};
  const size_t n_in[] = {WIDTH, WIDTH, WIDTH, CLASSES, CLASSES};
  for (size_t i = 0; i < 5; i++) {
    assert_ptr_equal(stages[i].layer, layers[i]);
    assert_int_equal(stages[i].n_in, n_in[i]);
    assert_int_equal(stages[i].n_out, i < 2 ? WIDTH : CLASSES);
  }
  assert_ptr_equal(stages[0].quantizer, &model.input);
  assert_ptr_equal(stages[3].quantizer, &model.layers[3].data_in);
  const bf_tail *tail = &stages[1].tail;
  assert_true(tail->relu_grid.lo == 0.0F && tail->relu_grid.hi == 255.0F / 16.0F);
  assert_true(tail->grid.lo == -8.0F && tail->grid.hi == 127.0F / 16.0F);
}

static void longest_model_fits(void **state)
{
  (void)state;
  static bf_stage stages[MOST_STAGES];
  memset(stages, 0, sizeof stages);
  bf_text words = {0};
  bf_text_append(&words, "x9");
  for (size_t i = 0; i < BF_MAX_LAYERS; i++)
    bf_text_append(&words, i + 1 < BF_MAX_LAYERS ? " r9" : " l9");
  bf_model model = model_of(bf_text_view(&words));
  assert_int_equal(bf_stack_most_stages(&model), MOST_STAGES);
  assert_int_equal(bf_stack_plan(&model, false, stages), 1 + 2 * BF_MAX_LAYERS);
  bf_text_release(&words);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layers_without_formats_make_a_stage_each_but_for_relu),
      cmocka_unit_test(formats_are_fused_into_the_stage_before),
      cmocka_unit_test(stages_that_only_finish_stand_where_nothing_is_before),
      cmocka_unit_test(tail_that_ends_with_a_quantiser_takes_nothing_more),
      cmocka_unit_test(relu_behind_a_relu_has_a_stage_of_its_own),
      cmocka_unit_test(format_without_a_grid_has_a_stage_of_its_own),
      cmocka_unit_test(linears_of_few_bits_are_packed_in_integers),
      cmocka_unit_test(stages_know_layers_widths_and_formats),
      cmocka_unit_test(longest_model_fits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
