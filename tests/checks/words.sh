#!/bin/sh
# No unfinished business and no path of somebody's machine in anything that is published.
set -eu
cd "$(dirname "$0")/../.."
if grep -rnwE --exclude-dir=build --exclude-dir=.git --exclude=.git --exclude=words.sh 'TODO|FIXME|XXX|HACK' . ||
  grep -rnE --exclude-dir='build*' --exclude-dir=.git --exclude=.git --exclude=words.sh '/(work|home|root)/' .; then
  exit 1
fi
