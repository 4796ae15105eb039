/* What is known of formats whose numbers are powers of two, with or without steps between them.
 * Room: quant. Formulas: docs/formats.md, "Number formats". */
#include "quant/facts_floats.h"

#include <math.h>

static double power(int64_t exponent)
{
  return ldexp(1.0, (int)exponent);
}

/* The steps from a power of two to the next; as many exponents as there are in a block. */
static double n_steps(const bf_float_parts *parts)
{
  return power(parts->mantissa_bits);
}

static double n_exponents(const bf_float_parts *parts)
{
  return power(parts->bits);
}

static size_t add(bf_fact *facts, size_t n, const char *name, double value)
{
  facts[n] = (bf_fact){name, value};
  return n + 1;
}

static size_t add_range(bf_fact *facts, double n_levels, double highest, double smallest)
{
  size_t n = add(facts, 0, "levels", n_levels);
  n = add(facts, n, "lowest", -highest);
  n = add(facts, n, "highest", highest);
  return smallest > 0.0 ? add(facts, n, "smallest_positive", smallest) : n;
}

static size_t add_exponents(const bf_float_parts *parts, bf_fact *facts, size_t n)
{
  n = add(facts, n, "mantissa_bits", (double)parts->mantissa_bits);
  n = add(facts, n, "exponent_bits", (double)parts->bits);
  if (parts->bias != NULL)
    n = add(facts, n, "exponent_bias", (double)*parts->bias);
  n = add(facts, n, "lowest_exponent", (double)parts->lowest);
  return add(facts, n, "highest_exponent", (double)parts->highest);
}

/* Below the half of a power, the mantissas are those of the next lower one: all of them make new
 * numbers only with the lowest exponent. */
size_t bf_facts_denorm(const bf_float_parts *parts, bf_fact *facts)
{
  double steps = n_steps(parts);
  double n_positive = steps - 1.0 + (n_exponents(parts) - 1.0) * floor(steps / 2.0);
  bool has_any = parts->mantissa_bits > 0;
  size_t n = add_range(facts, 2.0 * n_positive + 1.0, power(parts->highest) * (1.0 - 1.0 / steps),
                       has_any ? power(parts->lowest) / steps : 0.0);
  if (has_any)
    n = add(facts, n, "smallest_normal", power(parts->lowest - 1));
  return add_exponents(parts, facts, n);
}

size_t bf_facts_ieee(const bf_float_parts *parts, bf_fact *facts)
{
  double steps = n_steps(parts);
  double n_positive = steps - 1.0 + (n_exponents(parts) - 1.0) * steps;
  size_t n = add_range(facts, 2.0 * n_positive + 1.0, power(parts->highest) * (2.0 - 1.0 / steps),
                       power(parts->lowest + 1) / steps);
  n = add(facts, n, "smallest_normal", power(parts->lowest + 1));
  return add_exponents(parts, facts, n);
}

size_t bf_facts_log(const bf_float_parts *parts, bf_fact *facts)
{
  size_t n =
      add_range(facts, 2.0 * n_exponents(parts), power(parts->highest), power(parts->lowest));
  return add_exponents(parts, facts, n);
}

size_t bf_facts_block_fp(const bf_float_parts *parts, bf_fact *facts)
{
  double steps = n_steps(parts);
  bool has_any = parts->mantissa_bits > 0;
  size_t n = add_range(facts, 2.0 * steps - 1.0, power(parts->highest) * (1.0 - 1.0 / steps),
                       has_any ? power(parts->lowest) / steps : 0.0);
  return add_exponents(parts, facts, n);
}
