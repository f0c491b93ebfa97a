#!/usr/bin/env bash
# The same upgrade in place as Bedplate makes, by the program that a person would type: the objects of the newer version
# are applied, first the control plane's, then the workers', and Cluster API does the rest. Nothing is backed up, paused
# or checked. Usage: plain-upgrade.sh FOLDER CLUSTER, with what `benchmarks/plain.py` wrote into FOLDER; kubectl in the PATH.
set -euo pipefail
. "$(dirname "$0")/plain-steps.sh"
cd "$1"
cluster=$2
space=eksa-system
own=(--kubeconfig "$PWD/own.kubeconfig")
plane="kubeadmcontrolplanes.controlplane.cluster.x-k8s.io/$cluster"
group="machinedeployments.cluster.x-k8s.io/$cluster-md-0"

# Waits until a field of an object's status has a value; usage: reach OBJECT FIELD VALUE.
reach() {
    again kubectl "${own[@]}" -n "$space" wait --timeout=1m --for="jsonpath={.status.$2}=$3" "$1"
}
# Its controller has seen what was applied, and no replica is of before.
all_new() {
    seen=$(kubectl "${own[@]}" -n "$space" get "$1" -o jsonpath='{.metadata.generation}')
    reach "$1" observedGeneration "$seen"
    for field in upToDateReplicas replicas readyReplicas availableReplicas; do
        reach "$1" "$field" "$2"
    done
}
step 'control plane'
again kubectl "${own[@]}" apply --server-side --force-conflicts -f control-plane.json
all_new "$plane" "$(cat control-planes)"
step 'workers'
again kubectl "${own[@]}" apply --server-side --force-conflicts -f workers.json
all_new "$group" "$(cat workers)"
again kubectl "${own[@]}" wait --for=condition=Ready --timeout=30m nodes --all
step 'done'
