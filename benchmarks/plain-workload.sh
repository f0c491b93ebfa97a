#!/usr/bin/env bash
# The same workload cluster as Bedplate makes from a management cluster, by the programs that a person would type one after
# another: kubectl, helm. It remembers nothing, checks nothing first, and cannot be resumed.
# Usage: plain-workload.sh FOLDER CLUSTER, with what `benchmarks/plain.py` wrote into FOLDER; programs in the PATH.
set -euo pipefail
cd "$1"
cluster=$2
space=eksa-system
manager=(--kubeconfig "$PWD/management.kubeconfig")
own=(--kubeconfig "$PWD/own.kubeconfig")
deadline=$((SECONDS + 1800))

# A webhook or a new API server may refuse for some seconds.
again() {
    until "$@" >>plain.log 2>&1; do
        ((SECONDS < deadline)) || { echo "not in time: $*" >&2; exit 1; }
        sleep 1
    done
}
step() { printf '%5d s  %s\n' "$SECONDS" "$1"; }

step 'cluster objects'
again kubectl "${manager[@]}" apply --server-side -f secrets.json
again kubectl "${manager[@]}" apply --server-side -f cluster.json
step 'control plane'
read_kubeconfig() {
    kubectl "${manager[@]}" -n "$space" get secret "$cluster-kubeconfig" -o jsonpath='{.data.value}' | base64 -d >own.kubeconfig
    kubectl "${own[@]}" get --raw /readyz
    kubectl "${own[@]}" get nodes -o name | grep -q .
}
again read_kubeconfig
step 'networking'
again helm --kubeconfig own.kubeconfig upgrade --install cilium "$(cat chart)" --version "$(cat chart-version)" \
    --ca-file ca.pem --namespace kube-system --values cilium.json
step 'workers'
again kubectl "${manager[@]}" -n "$space" wait --for=condition=Available --timeout=30m "clusters.cluster.x-k8s.io/$cluster"
again kubectl "${own[@]}" wait --for=condition=Ready --timeout=30m nodes --all
step 'EKS Anywhere'
again kubectl "${manager[@]}" apply --server-side -f objects.json
again kubectl "${manager[@]}" wait --for=condition=Ready --timeout=30m "clusters.anywhere.eks.amazonaws.com/$cluster"
step 'done'
