#!/usr/bin/env bash
# The same workload cluster as Bedplate makes from a management cluster, by the programs that a person would type one after
# another: kubectl, helm. It remembers nothing, checks nothing first, and cannot be resumed.
# Usage: plain-workload.sh FOLDER CLUSTER, with what `benchmarks/plain.py` wrote into FOLDER; programs in the PATH.
set -euo pipefail
. "$(dirname "$0")/plain-steps.sh"
cd "$1"
cluster=$2
space=eksa-system
manager=(--kubeconfig "$PWD/management.kubeconfig")
own=(--kubeconfig "$PWD/own.kubeconfig")
make_cluster "${manager[@]}"
step 'EKS Anywhere'
again kubectl "${manager[@]}" apply --server-side -f objects.json
again kubectl "${manager[@]}" wait --for=condition=Ready --timeout=30m "clusters.anywhere.eks.amazonaws.com/$cluster"
step 'done'
