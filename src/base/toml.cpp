/* TOML text to a plain C tree; the only C++ file, because the parser (toml++) is C++.
 * Room: base. No exception leaves it. */
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "base/toml.h"
#include "base/toml_node.h"

namespace {

constexpr int deepest = 64;

struct tree_free {
  void operator()(bf_toml *node) const
  {
    bf_toml_free(node);
  }
};
using tree = std::unique_ptr<bf_toml, tree_free>;

/* What the conversion throws to its one catch; the trail is written where it is thrown. */
struct failure {
  bf_status status;
};

struct conversion {
  const char *source;

  [[noreturn]] void refuse(const toml::source_position &at, const char *cause) const
  {
    throw failure{bf_fail(BF_ERR_USAGE, "%s:%u:%u: %s", source, at.line, at.column, cause)};
  }

  /* A C string ends at its first NUL, so one inside would silently shorten the text. */
  const char *text(std::string_view string, const toml::source_position &at) const
  {
    if (string.find('\0') != std::string_view::npos)
      refuse(at, "a text cannot hold a NUL byte");
    return string.data();
  }

  void refuse_endless_keys(const char *text) const;
  void fill_table(bf_toml *to, const toml::table &table, int depth) const;
  void fill_array(bf_toml *to, const toml::array &array, int depth) const;
  void fill(bf_toml *to, const toml::node &from, int depth) const;
  bf_toml *add(bf_toml *parent, const char *key, const toml::source_position &at) const;
};

bf_toml *conversion::add(bf_toml *parent, const char *key, const toml::source_position &at) const
{
  bf_toml *node = bf_toml_node(BF_TOML_NULL, key);
  if (bf_toml_add(parent, node) != BF_OK)
    throw std::bad_alloc();
  node->line = static_cast<int>(at.line);
  node->column = static_cast<int>(at.column);
  return node;
}

/* toml++ bounds the nesting of values but not the parts of a dotted key, over which it recurses to
 * the end of the stack. A run of dots is prose; so is what follows a '#'. */
void conversion::refuse_endless_keys(const char *text) const
{
  toml::source_position at{1, 1};
  int n_dots = 0;
  for (const char *byte = text; *byte != '\0'; byte++) {
    if (*byte == '#')
      byte += std::strcspn(byte, "\n");
    if (*byte == '\0')
      return;
    if (std::strchr("=,\n[]{}", *byte) != nullptr)
      n_dots = 0;
    else if (*byte == '.' && byte[1] != '.' && ++n_dots > deepest)
      refuse(at, "a key has more than 64 parts");
    at.line += *byte == '\n';
  }
}

/* toml++ keeps tables sorted by key; the file's order comes back from the positions of the keys. */
void conversion::fill_table(bf_toml *to, const toml::table &table, int depth) const
{
  using entry = std::pair<const toml::key *, const toml::node *>;
  std::vector<entry> entries;
  for (auto &&[key, node] : table)
    entries.emplace_back(&key, &node);
  std::sort(entries.begin(), entries.end(), [](const entry &a, const entry &b) {
    return a.first->source().begin < b.first->source().begin;
  });
  to->kind = BF_TOML_TABLE;
  for (const auto &[key, node] : entries) {
    const toml::source_position &at = key->source().begin;
    fill(add(to, text(key->str(), at), at), *node, depth + 1);
  }
}

void conversion::fill_array(bf_toml *to, const toml::array &array, int depth) const
{
  to->kind = BF_TOML_ARRAY;
  for (const toml::node &node : array)
    fill(add(to, nullptr, node.source().begin), node, depth + 1);
}

void conversion::fill(bf_toml *to, const toml::node &from, int depth) const
{
  const toml::source_position &at = from.source().begin;
  if (depth > deepest)
    refuse(at, "values are nested deeper than 64");
  if (const toml::table *table = from.as_table()) {
    fill_table(to, *table, depth);
  } else if (const toml::array *array = from.as_array()) {
    fill_array(to, *array, depth);
  } else if (const auto *string = from.as_string()) {
    if (bf_toml_fill_string(to, text(string->get(), at)) != BF_OK)
      throw std::bad_alloc();
  } else if (const auto *integer = from.as_integer()) {
    to->kind = BF_TOML_INTEGER;
    to->integer = integer->get();
    to->number = static_cast<double>(to->integer);
  } else if (const auto *number = from.as_floating_point()) {
    to->kind = BF_TOML_FLOAT;
    to->number = number->get();
  } else if (const auto *boolean = from.as_boolean()) {
    to->kind = BF_TOML_BOOLEAN;
    to->boolean = boolean->get();
  } else {
    refuse(at, "dates and times have no meaning here; quote it to make it a string");
  }
}

} // namespace

bf_status bf_toml_parse(const char *text, const char *source, bf_toml **root)
{
  try {
    conversion convert{source};
    convert.refuse_endless_keys(text);
    toml::table document = toml::parse(std::string_view(text), std::string_view(source));
    tree made(bf_toml_node(BF_TOML_TABLE, nullptr));
    if (!made)
      throw std::bad_alloc();
    made->line = 1;
    made->column = 1;
    convert.fill_table(made.get(), document, 0);
    *root = made.release();
    return BF_OK;
  } catch (const toml::parse_error &error) {
    const toml::source_position &at = error.source().begin;
    return bf_fail(BF_ERR_USAGE, "%s:%u:%u: %.*s", source, at.line, at.column,
                   static_cast<int>(error.description().size()), error.description().data());
  } catch (const failure &failed) {
    return failed.status;
  } catch (...) {
    return bf_fail(BF_ERR_NOMEM, "out of memory while parsing '%s'", source);
  }
}
