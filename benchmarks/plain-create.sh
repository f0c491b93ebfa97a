#!/usr/bin/env bash
# The same cluster as Bedplate makes, by the programs that a person would type one after another: kind, clusterctl,
# kubectl, helm. It remembers nothing, checks nothing first, and cannot be resumed.
# Usage: plain-create.sh FOLDER CLUSTER, with what `benchmarks/create.py` wrote into FOLDER; programs in the PATH.
set -euo pipefail
cd "$1"
cluster=$2
space=eksa-system
bootstrap=(--kubeconfig "$PWD/bootstrap.kubeconfig")
own=(--kubeconfig "$PWD/own.kubeconfig")
providers=(--core cluster-api --bootstrap kubeadm --control-plane kubeadm --infrastructure vsphere --wait-providers)
deadline=$((SECONDS + 1800))

# A webhook or a new API server may refuse for some seconds.
again() {
    until "$@" >>plain.log 2>&1; do
        ((SECONDS < deadline)) || { echo "not in time: $*" >&2; exit 1; }
        sleep 1
    done
}
step() { printf '%5d s  %s\n' "$SECONDS" "$1"; }

step 'bootstrap cluster'
kind create cluster --name "$cluster-plain" --config kind.json --kubeconfig bootstrap.kubeconfig --wait 0s >>plain.log 2>&1
step 'providers'
clusterctl init "${bootstrap[@]}" --config clusterctl.yaml "${providers[@]}" >>plain.log 2>&1
step 'cluster objects'
again kubectl "${bootstrap[@]}" apply --server-side -f secrets.json
again kubectl "${bootstrap[@]}" apply --server-side -f cluster.json
step 'control plane'
read_kubeconfig() {
    kubectl "${bootstrap[@]}" -n "$space" get secret "$cluster-kubeconfig" -o jsonpath='{.data.value}' | base64 -d >own.kubeconfig
    kubectl "${own[@]}" get --raw /readyz
    kubectl "${own[@]}" get nodes -o name | grep -q .
}
again read_kubeconfig
step 'networking'
again helm --kubeconfig own.kubeconfig upgrade --install cilium "$(cat chart)" --version "$(cat chart-version)" \
    --ca-file ca.pem --namespace kube-system --values cilium.json
step 'workers'
again kubectl "${bootstrap[@]}" -n "$space" wait --for=condition=Available --timeout=30m "clusters.cluster.x-k8s.io/$cluster"
again kubectl "${own[@]}" wait --for=condition=Ready --timeout=30m nodes --all
step 'providers of its own'
clusterctl init "${own[@]}" --config clusterctl.yaml "${providers[@]}" >>plain.log 2>&1
again kubectl "${own[@]}" apply --server-side -f secrets.json
step 'move'
clusterctl move "${bootstrap[@]}" --to-kubeconfig own.kubeconfig -n "$space" >>plain.log 2>&1
step 'EKS Anywhere'
again kubectl "${own[@]}" apply --server-side -f eksa.json
again kubectl "${own[@]}" -n "$space" wait --for=condition=Available --timeout=30m deployments --all
again kubectl "${own[@]}" apply --server-side -f objects.json
again kubectl "${own[@]}" wait --for=condition=Ready --timeout=30m "clusters.anywhere.eks.amazonaws.com/$cluster"
step 'teardown'
kind delete cluster --name "$cluster-plain" >>plain.log 2>&1
step 'done'
