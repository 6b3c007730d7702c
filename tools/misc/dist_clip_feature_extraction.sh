#!/bin/sh
# dist_clip_feature_extraction.sh CONFIG CHECKPOINT GPUS [arguments of clip_feature_extraction.py]
# environment: NNODES NODE_RANK PORT MASTER_ADDR
set -eu
USAGE='usage: dist_clip_feature_extraction.sh CONFIG CHECKPOINT GPUS [arguments of clip_feature_extraction.py]'
CONFIG=${1:?$USAGE}
CHECKPOINT=${2:?$USAGE}
GPUS=${3:?$USAGE}
shift 3
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
export PYTHONPATH="$ROOT:${PYTHONPATH:-}"
exec python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" --nproc_per_node="$GPUS" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    "$ROOT/tools/misc/clip_feature_extraction.py" "$CONFIG" "$CHECKPOINT" "$@" --launcher pytorch
