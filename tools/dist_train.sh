#!/bin/sh
# dist_train.sh CONFIG GPUS [arguments of tools/train.py]; environment: NNODES NODE_RANK PORT MASTER_ADDR
set -eu
USAGE='usage: dist_train.sh CONFIG GPUS [arguments of tools/train.py]'
CONFIG=${1:?$USAGE}
GPUS=${2:?$USAGE}
shift 2
ROOT=$(cd "$(dirname "$0")/.." && pwd)
export PYTHONPATH="$ROOT:${PYTHONPATH:-}"
exec python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" --nproc_per_node="$GPUS" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    "$ROOT/tools/train.py" "$CONFIG" --launcher pytorch "$@"
