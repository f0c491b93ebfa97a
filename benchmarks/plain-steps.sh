# What both plain scripts do; they source it, with `cluster`, `space` and `own` set.
# shellcheck shell=bash disable=SC2154
deadline=$((SECONDS + 1800))

# A webhook or a new API server may refuse for some seconds. Whoever waits for this script may have been ended.
again() {
    until "$@" >>plain.log 2>&1; do
        kill -0 "$PPID" && ((SECONDS < deadline)) || { echo "not in time: $*" >&2; exit 1; }
        sleep 1
    done
}
step() { printf '%5d s  %s\n' "$SECONDS" "$1"; }

# From the cluster's objects to its nodes. Usage: make_cluster --kubeconfig FILE, that of its manager.
make_cluster() {
    local manager=("$@")
    step 'cluster objects'
    again kubectl "${manager[@]}" apply --server-side -f secrets.json
    again kubectl "${manager[@]}" apply --server-side -f cluster.json
    step 'control plane'
    again read_kubeconfig "${manager[@]}"
    step 'networking'
    again helm --kubeconfig own.kubeconfig upgrade --install cilium "$(cat chart)" --version "$(cat chart-version)" \
        --ca-file ca.pem --namespace kube-system --values cilium.json
    step 'workers'
    again kubectl "${manager[@]}" -n "$space" wait --for=condition=Available --timeout=30m "clusters.cluster.x-k8s.io/$cluster"
    again kubectl "${own[@]}" wait --for=condition=Ready --timeout=30m nodes --all
}

read_kubeconfig() {
    kubectl "$@" -n "$space" get secret "$cluster-kubeconfig" -o jsonpath='{.data.value}' | base64 -d >own.kubeconfig
    kubectl "${own[@]}" get --raw /readyz
    kubectl "${own[@]}" get nodes -o name | grep -q .
}
