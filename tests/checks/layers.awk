# Who may include what: the rooms and what each may use; every foreign library in its one place.
#   awk -f layers.awk FILE...   (all files of src/ and include/, paths from the root)
# A violation a line; exit code 1 if there is one.
BEGIN {
  may["base"] = ""
  may["data"] = "base"
  may["quant"] = "base"
  may["nn"] = "base data quant"
  may["metrics"] = "base quant nn"
  may["search"] = "base"
  may["study"] = "base data quant nn metrics search"
  may["cluster"] = "base data study"
  may["cli"] = "base data quant nn metrics search study cluster"

  place["mpi.h"] = "^(src|include/bitfront)/cluster/"
  place["hwloc.h"] = "^src/cluster/cores\\.c$"
  place["hdf5.h"] = "^src/data/h5(_[a-z]+)?\\.[ch]$"
  place["blis.h"] = "^src/nn/kernels_blis\\.c$"
  place["blis"] = place["blis.h"]
  place["jansson.h"] = "^src/base/json\\.c$"
  place["toml++"] = "^src/base/toml\\.cpp$"
  place["zip.h"] = "^src/base/zip\\.c$"
  place["xxhash.h"] = "^src/base/file\\.c$"
  place["Random123"] = "^src/base/random\\.c$"

  for (i = 1; i < ARGC; i++)
    if (sub(/^include\/bitfront\//, "", ARGV[i]) > 0) {
      is_public[ARGV[i]] = 1
      ARGV[i] = "include/bitfront/" ARGV[i]
    }
}

function complain(what) {
  print FILENAME ":" FNR ": " what
  n_violations++
}

function is_allowed(from, to) {
  return from == to || index(" " may[from] " ", " " to " ") > 0
}

FNR == 1 {
  n_files++
  room = FILENAME
  sub(/^(src|include\/bitfront)\//, "", room)
  sub(/\/.*/, "", room)
  if (!(room in may))
    complain("'" room "' is no room")
  if (FILENAME ~ /\.(cpp|cc|hpp)$/ && FILENAME !~ place["toml++"])
    complain("only the TOML parser is C++")
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
  split($0, quoted, "\"")
  header = quoted[2]
  target = header
  if (!sub(/\/.*/, "", target))
    complain("'" header "' does not say its room")
  else if (!is_allowed(room, target))
    complain("room '" room "' may not use room '" target "'")
  else if (!(header in is_public) && FILENAME ~ /^include\//)
    complain("a public header includes the private '" header "'")
  else if (!(header in is_public) && target != room)
    complain("'" header "' is private to room '" target "'")
}

/^[ \t]*#[ \t]*include[ \t]*</ {
  library = $0
  sub(/^[^<]*</, "", library)
  sub(/[\/>].*/, "", library)
  if (library in place && FILENAME !~ place[library])
    complain("<" library "> does not belong here")
}

END {
  if (n_files == 0) {
    print "no files to check"
    exit 1
  }
  exit n_violations > 0
}
