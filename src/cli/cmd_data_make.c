/* bitfront data synth, data import: make a data set.
 * Room: cli. */
#include "cli/command.h"
#include "cli/data_view.h"
#include "cli/options.h"
#include "cli/output.h"
#include "data/import.h"

static bf_status show_made(const char *folder)
{
  bf_status status = BF_OK;
  bf_manifest *manifest = NULL;
  bf_text text = {0};
  BF_TRY(bf_manifest_load(folder, &manifest));
  bf_data_print(manifest, &text);
  BF_TRY(bf_output_print(&text));
done:
  bf_text_release(&text);
  bf_manifest_free(manifest);
  return status;
}

static bf_status require_out(const char *out)
{
  if (out == NULL)
    return bf_fail(BF_ERR_USAGE, "no folder to make: give --out DIR");
  return bf_output_check(out);
}

bf_status bf_cmd_data_synth(bf_call *call)
{
  bf_status status = BF_OK;
  size_t n_rows = 0;
  double noise = -1;
  bf_import_options made = bf_import_defaults();
  bf_arguments arguments;
  const bf_option options[] = {
      {"--out", "DIR", "folder to make; must not exist", bf_read_text, &made.out},
      {"--rows", "N", "rows in all", bf_read_count, &n_rows},
      {"--seed", "S", "of the rows and of the split (0)", bf_read_natural, &made.seed},
      {"--label-noise", "P", "chance that a label is redrawn (that of the statistics file)",
       bf_read_share, &noise},
  };
  const bf_usage usage = {
      "data synth", "--out DIR --rows N [options]",
      "Makes a synthetic data set with the statistics of the jet data (data/README.md):\n"
      "rows, split 64,16,20 into train, val and test, standardised, in 8 shards.\n",
      sizeof options / sizeof *options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  if (arguments.wants_help)
    return bf_usage_show(&usage);
  BF_TRY(bf_arguments_check(&usage, &arguments, 0, 0, ""));
  BF_CHECK(n_rows > 0, BF_ERR_USAGE, "no number of rows: give --rows N");
  BF_TRY(require_out(made.out));
  BF_TRY(bf_synth(n_rows, noise, &made));
  BF_TRY(show_made(made.out));
done:
  return status;
}

static bf_status import_with(const bf_usage *usage, bf_call *call, const bf_import_options *made)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  BF_TRY(bf_options_read(usage, call->n, call->arguments, &arguments));
  if (arguments.wants_help)
    return bf_usage_show(usage);
  BF_TRY(bf_arguments_check(usage, &arguments, 1, SIZE_MAX, "SOURCE"));
  BF_TRY(require_out(made->out));
  BF_TRY(bf_import(arguments.n, (const char *const *)arguments.items, made));
  BF_TRY(show_made(made->out));
done:
  return status;
}

bf_status bf_cmd_data_import(bf_call *call)
{
  bf_import_options made = bf_import_defaults();
  const bf_option options[] = {
      {"--out", "DIR", "folder to make; must not exist", bf_read_text, &made.out},
      {"--format", "NAME", "of the sources: auto, hdf5, npy, arff, csv (auto)", bf_read_text,
       &made.format},
      {"--split", "A,B,C", "percent of train, val, test, or sklearn:SEED (64,16,20)", bf_read_text,
       &made.split},
      {"--scaler", "S", "fit, none, or a JSON file with mean and scale (fit)", bf_read_text,
       &made.scaler},
      {"--shards", "N", "shards of the largest split (8)", bf_read_count, &made.n_shards},
      {"--shard-rows", "N", "rows a shard, instead of --shards", bf_read_count, &made.shard_rows},
      {"--seed", "S", "of the split (0)", bf_read_natural, &made.seed},
      {"--classes", "LIST", "class names in the order of their labels (g,q,w,z,t)", bf_read_text,
       &made.classes},
      {"--drop-nan", NULL, "skip rows with NaN or infinity instead of failing", bf_read_switch,
       &made.drop_nan},
  };
  const bf_usage usage = {"data import", "SOURCE... --out DIR [options]",
                          "Makes a data set from files of rows, taken together as one source:\n"
                          "drops duplicate rows, splits, standardises, writes shards.\n",
                          sizeof options / sizeof *options, options};
  return import_with(&usage, call, &made);
}
