/* bitfront checkpoint convert: from one kind of checkpoint to another.
 * Room: cli. */
#include <math.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/model_option.h"
#include "cli/net_file.h"
#include "cli/options.h"
#include "cli/output.h"
#include "nn/safetensors.h"
#include "nn/state_net.h"

/* Whole numbers up to this are exact as float32, which is what a state holds. */
#define MOST_EXACT 16777216.0F

typedef struct request {
  const char *in;
  const char *out;
  bf_model_option model;
} request;

/** What is converted: a net, or tensors whose net nobody has named. */
typedef struct cargo {
  bf_net_file file; /**< its net is NULL if nobody has */
  bf_state *state;
} cargo;

static void release(cargo *c)
{
  bf_net_file_release(&c->file);
  bf_state_free(c->state);
}

static bf_status save_ours(const char *path, const cargo *c)
{
  return bf_checkpoint_save(path, c->file.net, &c->file.origin);
}

static bf_status save_safetensors(const char *path, const cargo *c)
{
  return bf_safetensors_write(path, c->state);
}

static bf_status save_torch(const char *path, const cargo *c)
{
  return bf_torch_write(path, c->state);
}

/** What can be written, by the end of the file's name. */
static const struct target {
  const char *suffix;
  bool is_ours;
  bf_status (*save)(const char *path, const cargo *c);
} targets[] = {
    {".h5", true, save_ours},
    {".safetensors", false, save_safetensors},
    {".pt", false, save_torch},
    {".pth", false, save_torch},
};

static const struct target *target_of(const char *path)
{
  size_t n = strlen(path);
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
    size_t n_suffix = strlen(targets[i].suffix);
    if (n > n_suffix && strcmp(path + n - n_suffix, targets[i].suffix) == 0)
      return &targets[i];
  }
  return NULL;
}

static bf_status load_ours(const request *asked, cargo *c)
{
  bf_status status;
  bf_model model;
  BF_TRY(bf_net_file_read(asked->in, &c->file));
  if (bf_model_option_is_given(&asked->model)) {
    const bf_model *held = &c->file.net->model;
    BF_TRY(bf_model_option_make(&asked->model, held->n_features, held->n_classes, &model));
    BF_TRY(bf_checkpoint_check_model(asked->in, held, &model));
  }
done:
  return status;
}

/* The net that the options name, with the file's numbers. */
static bf_status make_net(const request *asked, cargo *c)
{
  bf_status status;
  bf_model model;
  size_t n_features = 0, n_classes = 0;
  if (!bf_model_option_is_given(&asked->model)) {
    status = bf_state_fail_unnamed(c->state);
    goto done;
  }
  BF_TRY(bf_state_widths(c->state, &n_features, &n_classes));
  BF_TRY(bf_model_option_make(&asked->model, n_features, n_classes, &model));
  BF_TRY(bf_net_file_take(asked->in, c->state, &model, &c->file));
done:
  return status == BF_OK ? BF_OK : bf_because(status, "cannot convert checkpoint '%s'", asked->in);
}

/* Tensors pass through as float32: what that cannot hold is said, or refused. */
static bf_status narrow(bf_state *state)
{
  size_t n_rounded = 0;
  for (size_t i = 0; i < state->n_tensors; i++) {
    bf_state_tensor *tensor = &state->tensors[i];
    if (tensor->dtype == BF_DTYPE_F64) {
      tensor->dtype = BF_DTYPE_F32;
      n_rounded++;
    }
    if (tensor->dtype != BF_DTYPE_I32 && tensor->dtype != BF_DTYPE_I64)
      continue;
    for (size_t k = 0; k < tensor->n_values; k++)
      if (fabsf(tensor->values[k]) >= MOST_EXACT)
        return bf_fail(BF_ERR_DATA,
                       "tensor '%.64s' holds %.9g: whole numbers from 2^24 on cannot "
                       "be converted without --model or --job",
                       tensor->name, (double)tensor->values[k]);
  }
  if (n_rounded > 0)
    bf_info("%zu tensors of float64 are rounded to float32", n_rounded);
  return BF_OK;
}

static bf_status load_foreign(const request *asked, bool wants_net, cargo *c)
{
  bf_status status;
  BF_TRY(bf_checkpoint_read_foreign(asked->in, &c->state));
  if (wants_net || bf_model_option_is_given(&asked->model))
    BF_TRY(make_net(asked, c));
  else
    BF_TRY(narrow(c->state));
done:
  return status;
}

static bool is_quantised(const bf_model *model)
{
  bool found = model->input.format != NULL;
  for (size_t i = 0; i < model->n_layers; i++) {
    const bf_layer *layer = &model->layers[i];
    found |=
        layer->data_in.format != NULL || layer->weight.format != NULL || layer->bias.format != NULL;
  }
  return found;
}

/* A net's tensors get PyTorch's names. */
static bf_status make_state(cargo *c)
{
  bf_status status;
  bf_state *state = NULL;
  BF_TRY(bf_state_of_net(c->file.net, &state));
  bf_state_free(c->state);
  c->state = state;
  if (is_quantised(&c->file.net->model))
    bf_warn("the number formats are left out: only a .h5 file has a place for them");
done:
  return status;
}

static bf_status print_result(const request *asked, const cargo *c)
{
  bf_text text = {0};
  if (c->file.net != NULL)
    bf_text_printf(&text, "%s: net '%s', %zu parameters\n", asked->out, c->file.net->model.name,
                   c->file.net->n_trained);
  else
    bf_text_printf(&text, "%s: %zu tensors\n", asked->out, c->state->n_tensors);
  bf_status status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

static bf_status convert(const request *asked)
{
  bf_status status;
  cargo c = {0};
  const struct target *target = target_of(asked->out);
  BF_CHECK(target != NULL, BF_ERR_USAGE,
           "'%s' does not say what to make: its name should end in .h5, .safetensors or .pt",
           asked->out);
  BF_TRY(bf_output_check(asked->out));
  if (bf_checkpoint_is_ours(asked->in))
    BF_TRY(load_ours(asked, &c));
  else
    BF_TRY(load_foreign(asked, target->is_ours, &c));
  if (!target->is_ours && c.file.net != NULL)
    BF_TRY(make_state(&c));
  BF_TRY(target->save(asked->out, &c));
  BF_TRY(print_result(asked, &c));
done:
  release(&c);
  return status;
}

bf_status bf_cmd_checkpoint_convert(bf_call *call)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  request asked = {0};
  const bf_option options[] = {
      {"--model", "NAME", "the net of the zoo that IN holds", bf_read_text, &asked.model.name},
      {"--job", "JOB.toml", "a job that names the net that IN holds", bf_read_text,
       &asked.model.job},
  };
  const bf_usage usage = {
      "checkpoint convert", "IN OUT [--model NAME | --job JOB.toml]",
      "Writes the net or the tensors of checkpoint IN as OUT, which must not exist. The\n"
      "end of OUT's name says as what: .h5 (bitfront's own), .safetensors, .pt (a state\n"
      "dict of PyTorch). What IN is, its content says. Only a file of bitfront's own holds\n"
      "the layers of its net: to make a .h5 of another one, name the net.\n",
      sizeof options / sizeof *options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  if (arguments.wants_help)
    return bf_usage_show(&usage);
  BF_TRY(bf_arguments_check(&usage, &arguments, 2, 2, arguments.n == 0 ? "IN" : "OUT"));
  asked.in = arguments.items[0];
  asked.out = arguments.items[1];
  BF_TRY(convert(&asked));
done:
  return status;
}
