#!/bin/sh
# Regenerates the static protobuf module from src/batch/batch.proto. Run after every change to it; the result is committed.
# usage: generate-proto.sh [FOLDER]   (default: src/batch/gen beside this script)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/src/batch/gen}
mkdir -p "$out"
cd "$here/src/batch"
PATH="$here/../../node_modules/.bin:$PATH" pbjs --target static-module --wrap esm --dependency protobufjs/minimal.js --root nonreturn \
  --no-create --no-verify --no-convert --no-delimited --no-typeurl --no-service --dts --out "$out/batch.js" batch.proto
