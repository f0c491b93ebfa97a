#!/usr/bin/env bash
# The same cluster as Bedplate makes, by the programs that a person would type one after another: kind, clusterctl,
# kubectl, helm. It remembers nothing, checks nothing first, and cannot be resumed.
# Usage: plain-create.sh FOLDER CLUSTER, with what `benchmarks/plain.py` wrote into FOLDER; programs in the PATH.
set -euo pipefail
. "$(dirname "$0")/plain-steps.sh"
cd "$1"
cluster=$2
space=eksa-system
bootstrap=(--kubeconfig "$PWD/bootstrap.kubeconfig")
own=(--kubeconfig "$PWD/own.kubeconfig")
providers=(--core cluster-api --bootstrap kubeadm --control-plane kubeadm --infrastructure vsphere --wait-providers)
step 'bootstrap cluster'
kind create cluster --name "$cluster-plain" --config kind.json --kubeconfig bootstrap.kubeconfig --wait 0s >>plain.log 2>&1
step 'providers'
clusterctl init "${bootstrap[@]}" --config clusterctl.yaml "${providers[@]}" >>plain.log 2>&1
make_cluster "${bootstrap[@]}"
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
