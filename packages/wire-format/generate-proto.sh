#!/bin/sh
# Regenerates the static protobuf module of the cold batch kinds from batch.proto. Run after every change to it; the result is committed.
set -eu
cd "$(dirname "$0")/src/batch"
mkdir -p gen
pbjs --target static-module --wrap esm --dependency protobufjs/minimal.js \
  --no-create --no-verify --no-convert --no-delimited --no-typeurl --no-service --root nonreturn --dts --out gen/batch.js batch.proto
