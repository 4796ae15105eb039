/* bitfront checkpoint info: what is in a file of weights.
 * Room: cli. */
#include "cli/checkpoint_view.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "nn/state_net.h"

static bf_status show(const bf_checkpoint_view *view, bool as_json)
{
  if (as_json)
    return bf_output_print_json(bf_checkpoint_json(view));
  bf_text text = {0};
  bf_status status = bf_checkpoint_print(view, &text);
  if (status == BF_OK)
    status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

static bf_status look(const char *path, bool as_json)
{
  bf_status status;
  bf_checkpoint *ours = NULL;
  bf_state *state = NULL;
  if (bf_checkpoint_is_ours(path)) {
    BF_TRY(bf_checkpoint_read(path, &ours));
    BF_TRY(bf_state_of_net(ours->net, &state));
  } else {
    BF_TRY(bf_checkpoint_read_foreign(path, &state));
  }
  BF_TRY(show(&(bf_checkpoint_view){.path = path, .ours = ours, .state = state}, as_json));
done:
  bf_state_free(state);
  bf_checkpoint_free(ours);
  return status;
}

bf_status bf_cmd_checkpoint_info(bf_call *call)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  bool wants_json = false;
  const bf_option options[] = {
      {"--json", NULL, "print JSON", bf_read_switch, &wants_json},
  };
  const bf_usage usage = {
      "checkpoint info", "FILE [--json]",
      "Shows what a checkpoint holds: bitfront's own (HDF5), PyTorch's or\n"
      "Lightning's (.ckpt, .pt, .pth), or safetensors. The content says which.\n",
      sizeof options / sizeof *options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  if (arguments.wants_help)
    return bf_usage_show(&usage);
  BF_TRY(bf_arguments_check(&usage, &arguments, 1, 1, "FILE"));
  BF_TRY(look(arguments.items[0], wants_json));
done:
  return status;
}
