/* Linear layers in integers: what fits, how it is packed, which kernel runs it.
 * Room: quant. */
#include "quant/packed_linear.h"

#include <math.h>

#include "base/memory.h"
#include "quant/format_table.h"
#include "quant/packed_kernel.h"

enum { MAX_BITS = 8, MIN_FRAC_SUM = -96, MAX_FRAC_SUM = 126 };

/* Fixed point with the numbers in one place: i = code - shift, 0 <= code < 2^bits. */
typedef struct fixed_point {
  int bits, frac;
  int32_t shift;
} fixed_point;

/* Parameters are (width, frac_width), the order that format_integer.c gives them. */
static fixed_point fixed_point_of(const bf_quantizer *quantizer)
{
  int bits = (int)quantizer->parameters[0];
  return (fixed_point){.bits = bits,
                       .frac = (int)quantizer->parameters[1],
                       .shift = quantizer->is_unsigned ? 0 : 1 << (bits - 1)};
}

static int32_t top_code(fixed_point format)
{
  return (1 << format.bits) - 1;
}

static bool is_narrow_fixed_point(const bf_quantizer *quantizer)
{
  bool is_fixed = quantizer->format == &bf_format_integer || quantizer->format == &bf_format_fixed;
  return is_fixed && bf_quantizer_width(quantizer) <= MAX_BITS;
}

bool bf_packed_linear_fits(const bf_quantizer *data_in, const bf_quantizer *weight, size_t n_in)
{
  if (!is_narrow_fixed_point(data_in) || !is_narrow_fixed_point(weight) || weight->is_unsigned)
    return false;
  fixed_point x = fixed_point_of(data_in), w = fixed_point_of(weight);
  int frac = x.frac + w.frac;
  return n_in > 0 && n_in <= (size_t)1 << (31 - x.bits - w.bits) && frac >= MIN_FRAC_SUM &&
         frac <= MAX_FRAC_SUM;
}

bool bf_packed_linear_is_exact(const bf_quantizer *data_in, const bf_quantizer *weight, size_t n_in)
{
  if (!bf_packed_linear_fits(data_in, weight, n_in))
    return false;
  fixed_point x = fixed_point_of(data_in), w = fixed_point_of(weight);
  int32_t largest_x = x.shift > 0 ? x.shift : top_code(x);
  return n_in * (uint64_t)largest_x * (uint64_t)w.shift <= 1U << 24;
}

/* The words that can be summed up in int16: vpmaddubsw adds two products already. */
static size_t max_run(fixed_point x, fixed_point w)
{
  return (1U << 15) / (2U * (uint32_t)top_code(x) * (uint32_t)w.shift);
}

/* Shorter runs widen so often that pairs of 16 bits are as fast as bytes, or faster. */
enum { MIN_RUN = 4 };

static bool has_vnni(void)
{
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512vnni") != 0;
#else
  return false;
#endif
}

static bool suits(const bf_packed_kernel *kernel, bf_isa isa, size_t run)
{
  return kernel->isa <= isa && (!kernel->needs_vnni || has_vnni()) &&
         (!kernel->has_narrow_sum || run >= MIN_RUN);
}

/* The last row, base, suits everybody. */
static const bf_packed_kernel *choose(bf_isa isa, size_t run)
{
  static const bf_packed_kernel *const kernels[] = {
#define KERNEL(name) &bf_packed_kernel_##name,
      BF_PACKED_KERNEL_LIST(KERNEL)
#undef KERNEL
  };
  size_t i = 0;
  while (!suits(kernels[i], isa, run))
    i++;
  return kernels[i];
}

static void set_scales(bf_packed_linear *packed, fixed_point x, fixed_point w)
{
  packed->lo = ldexpf((float)-x.shift, -x.frac);
  packed->hi = ldexpf((float)(top_code(x) - x.shift), -x.frac);
  packed->scale = ldexpf(1.0F, x.frac);
  packed->step = ldexpf(1.0F, -(x.frac + w.frac));
  size_t n_codes = packed->kernel->codes_a_word;
  for (size_t c = 0; c < n_codes; c++)
    packed->excess += (BF_PACKED_MAGIC_BITS - (uint32_t)x.shift) << (c * (32 / n_codes));
}

/* Weights of one output, quantised: into words and into what start and bias make of them. */
static void pack_row(bf_packed_linear *packed, fixed_point x, fixed_point w, size_t output,
                     const float *row)
{
  const size_t n_codes = packed->kernel->codes_a_word, n_bits = 32 / n_codes;
  const uint32_t mask = (1U << n_bits) - 1;
  uint32_t *words = packed->weights + output * packed->n_words;
  int32_t sum = 0;
  for (size_t i = 0; i < packed->n_in; i++) {
    if (isnan(row[i])) {
      packed->bias[output] = NAN;
      continue;
    }
    int32_t code = (int32_t)ldexpf(row[i], w.frac);
    words[i / n_codes] |= ((uint32_t)code & mask) << (i % n_codes * n_bits);
    sum += code;
  }
  packed->start[output] = -x.shift * sum;
}

static bf_status allocate(bf_packed_linear *packed)
{
  bf_status status = BF_OK;
  packed->weights = bf_alloc(packed->n_out * packed->n_words, sizeof *packed->weights);
  BF_CHECK_MEMORY(packed->weights);
  packed->start = bf_alloc(packed->n_out, sizeof *packed->start);
  BF_CHECK_MEMORY(packed->start);
  packed->bias = bf_alloc(packed->n_out, sizeof *packed->bias);
  BF_CHECK_MEMORY(packed->bias);
  packed->words = bf_alloc(packed->n_words * BF_PACKED_TILE, sizeof *packed->words);
  BF_CHECK_MEMORY(packed->words);
done:
  return status;
}

static bf_status pack(const bf_packed_linear_options *options, fixed_point x, fixed_point w,
                      bf_packed_linear *packed)
{
  bf_status status = BF_OK;
  float *row = bf_alloc(packed->n_in, sizeof *row);
  BF_CHECK_MEMORY(row);
  BF_TRY(allocate(packed));
  set_scales(packed, x, w);
  if (options->bias != NULL)
    memcpy(packed->bias, options->bias, packed->n_out * sizeof *packed->bias);
  for (size_t output = 0; output < packed->n_out; output++) {
    bf_quantize(&options->weight, 1, packed->n_in, options->weights + output * packed->n_in, row);
    pack_row(packed, x, w, output, row);
  }
done:
  free(row);
  return status;
}

bf_status bf_packed_linear_create(const bf_packed_linear_options *options, bf_isa isa,
                                  bf_packed_linear **out)
{
  bf_status status = BF_OK;
  bf_packed_linear *packed = NULL;
  BF_CHECK(bf_packed_linear_fits(&options->data_in, &options->weight, options->n_in), BF_ERR_USAGE,
           "a layer of %zu inputs in '%s' with weights in '%s' cannot be packed", options->n_in,
           bf_quantizer_name(&options->data_in), bf_quantizer_name(&options->weight));
  fixed_point x = fixed_point_of(&options->data_in), w = fixed_point_of(&options->weight);
  packed = bf_alloc(1, sizeof *packed);
  BF_CHECK_MEMORY(packed);
  packed->kernel = choose(isa, max_run(x, w));
  size_t n_codes = packed->kernel->codes_a_word;
  packed->n_in = options->n_in;
  packed->n_out = options->n_out;
  packed->n_words = (options->n_in + n_codes - 1) / n_codes;
  packed->max_run = packed->kernel->has_narrow_sum ? max_run(x, w) : packed->n_words;
  packed->floor = options->has_relu ? 0.0F : -INFINITY;
  BF_TRY(pack(options, x, w, packed));
  *out = packed;
  packed = NULL;
done:
  bf_packed_linear_free(packed);
  return status;
}

void bf_packed_linear_free(bf_packed_linear *packed)
{
  if (packed == NULL)
    return;
  free(packed->weights);
  free(packed->start);
  free(packed->bias);
  free(packed->words);
  free(packed);
}

const char *bf_packed_linear_kernel(const bf_packed_linear *packed)
{
  return packed->kernel->name;
}

void bf_packed_linear_run(bf_packed_linear *packed, size_t n_tiles, const float *x, float *y)
{
  packed->kernel->run(packed, n_tiles, x, y);
}
