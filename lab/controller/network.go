package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
)

const patience = 5 * time.Second // of one request to another cluster

var (
	secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	daemons = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "daemonsets"}
)

// network asks the cluster itself for the daemons of its plug-in.
func (c *controller) network(ctx context.Context, cluster, api *unstructured.Unstructured) verdict {
	const missing = "ControlPlaneNotReady"
	if api == nil {
		return verdict{missing, "there is no Cluster API Cluster " + cluster.GetName() + " in " + c.namespace}
	}
	plugin, _, _ := unstructured.NestedMap(cluster.Object, "spec", "clusterNetwork", "cniConfig")
	if skip, _, _ := unstructured.NestedBool(plugin, "cilium", "skipUpgrade"); skip {
		return verdict{skipped, "Configured to skip default Cilium CNI upgrades"}
	}
	name := "cilium"
	if _, is := plugin["kindnetd"]; is {
		name = "kindnet"
	}
	there, err := c.remote(ctx, cluster.GetName())
	if err != nil {
		return verdict{missing, err.Error()}
	}
	found, err := there.Resource(daemons).Namespace("kube-system").Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return verdict{"DefaultCNIUpgradeInProgress", err.Error()}
	}
	wanted := number(found.Object, 0, "status", "desiredNumberScheduled")
	working := number(found.Object, 0, "status", "numberAvailable")
	if wanted == 0 || working < wanted {
		return verdict{"DefaultCNIUpgradeInProgress", fmt.Sprintf("%s runs on %d of %d nodes", name, working, wanted)}
	}
	return verdict{}
}

// remote returns a client of a cluster, by the kubeconfig that Cluster API made for it.
func (c *controller) remote(ctx context.Context, name string) (dynamic.Interface, error) {
	secret, err := c.client.Resource(secrets).Namespace(c.namespace).Get(ctx, name+"-kubeconfig", metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	value, _, _ := unstructured.NestedString(secret.Object, "data", "value")
	kubeconfig, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return nil, err
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		return nil, err
	}
	config.Timeout = patience
	return dynamic.NewForConfig(config)
}
