/* What is known of a number format, put together.
 * Room: quant. */
#include "quant/facts.h"

#include "quant/format_table.h"

size_t bf_quantizer_facts(const bf_quantizer *quantizer, bf_fact facts[BF_MAX_FACTS])
{
  size_t n = 0;
  if (quantizer->format == NULL)
    return 0;
  facts[n++] = (bf_fact){"bits", (double)bf_quantizer_width(quantizer)};
  /* A matrix of one value is one row and one block. */
  int64_t shared_bits = bf_quantizer_shared_bits(quantizer, 1, 1);
  if (shared_bits > 0)
    facts[n++] = (bf_fact){"shared_bits", (double)shared_bits};
  return n + quantizer->format->facts(quantizer, facts + n);
}

bool bf_quantizer_hls(const bf_quantizer *quantizer, char text[BF_HLS_BYTES])
{
  const bf_format *format = quantizer->format;
  if (format == NULL || format->hls == NULL)
    return false;
  format->hls(quantizer, text);
  return true;
}
