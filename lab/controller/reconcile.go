package main

import (
	"context"
	"fmt"
	"reflect"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const paused = "anywhere.eks.amazonaws.com/paused"

// verdict is a condition's content; without a reason the condition is true.
type verdict struct{ reason, message string }

const skipped = "SkipUpgradesForDefaultCNIConfigured" // not true, and no obstacle either

// reconcile writes what it sees into the status of a Cluster, unless that is paused or going away.
func (c *controller) reconcile(ctx context.Context, seen *unstructured.Unstructured) error {
	if _, is := seen.GetAnnotations()[paused]; is || seen.GetDeletionTimestamp() != nil {
		return nil
	}
	cluster := seen.DeepCopy()
	api := c.named(managed, cluster.GetName())
	plane := c.controlPlane(cluster, api)
	network, workers := c.network(ctx, cluster, api), c.workers(cluster, api)
	verdicts := []struct {
		kind string
		verdict
	}{
		{"Ready", first(plane, network, workers, available(api))},
		{"ControlPlaneReady", plane},
		{"DefaultCNIConfigured", network},
		{"WorkersReady", workers},
	}
	before, _, _ := unstructured.NestedSlice(cluster.Object, "status", "conditions")
	conditions := []any{}
	for _, one := range verdicts {
		conditions = append(conditions, condition(before, one.kind, one.verdict))
	}
	_ = unstructured.SetNestedSlice(cluster.Object, conditions, "status", "conditions")
	_ = unstructured.SetNestedField(cluster.Object, cluster.GetGeneration(), "status", "observedGeneration")
	if reflect.DeepEqual(seen.Object, cluster.Object) {
		return nil
	}
	_, err := c.client.Resource(clusters).Namespace(cluster.GetNamespace()).UpdateStatus(ctx, cluster, metav1.UpdateOptions{})
	return err
}

// first returns the first obstacle to being Ready.
func first(verdicts ...verdict) verdict {
	for _, one := range verdicts {
		if one.reason != "" && one.reason != skipped {
			return one
		}
	}
	return verdict{}
}

// condition keeps the time of the last transition where there is none now.
func condition(before []any, kind string, found verdict) map[string]any {
	made := map[string]any{"type": kind, "status": "True", "lastTransitionTime": time.Now().UTC().Format(time.RFC3339)}
	if found.reason != "" {
		made["status"], made["reason"], made["message"] = "False", found.reason, found.message
		made["severity"] = "Info"
	}
	for _, old := range before {
		if was, is := old.(map[string]any); is && was["type"] == kind && was["status"] == made["status"] {
			made["lastTransitionTime"] = was["lastTransitionTime"]
		}
	}
	return made
}

func available(api *unstructured.Unstructured) verdict {
	conditions, _, _ := unstructured.NestedSlice(api.UnstructuredContent(), "status", "conditions")
	for _, one := range conditions {
		if found, is := one.(map[string]any); is && found["type"] == "Available" {
			if found["status"] == "True" {
				return verdict{}
			}
			return verdict{"ClusterNotAvailable", fmt.Sprintf("Cluster API: %v", found["message"])}
		}
	}
	return verdict{"ClusterNotAvailable", "Cluster API does not say yet whether the cluster is available"}
}

func (c *controller) controlPlane(cluster, api *unstructured.Unstructured) verdict {
	if api == nil {
		return verdict{"ControlPlaneInitializationInProgress", "there is no Cluster API Cluster " + cluster.GetName() + " in " + c.namespace}
	}
	if done, _, _ := unstructured.NestedBool(api.Object, "status", "initialization", "controlPlaneInitialized"); !done {
		return verdict{"ControlPlaneInitializationInProgress", "The first control plane instance is not available yet"}
	}
	name, _, _ := unstructured.NestedString(api.Object, "spec", "controlPlaneRef", "name")
	plane := c.named(planes, name)
	if plane == nil {
		return verdict{"ControlPlaneComponentsUnhealthy", "there is no KubeadmControlPlane " + name}
	}
	wanted := number(cluster.Object, 1, "spec", "controlPlaneConfiguration", "count")
	return settled("control plane", wanted, wanted, plane)
}

func (c *controller) workers(cluster, api *unstructured.Unstructured) verdict {
	if api == nil {
		return verdict{"ControlPlaneNotInitialized", "there is no Cluster API Cluster " + cluster.GetName() + " in " + c.namespace}
	}
	var least, most int64
	groups, _, _ := unstructured.NestedSlice(cluster.Object, "spec", "workerNodeGroupConfigurations")
	for _, one := range groups {
		group, _ := one.(map[string]any)
		count := number(group, 1, "count")
		least += number(group, count, "autoscalingConfiguration", "minCount")
		most += number(group, count, "autoscalingConfiguration", "maxCount")
	}
	var found []*unstructured.Unstructured
	for _, deployment := range c.list(deployments, c.namespace) {
		if owner, _, _ := unstructured.NestedString(deployment.Object, "spec", "clusterName"); owner == cluster.GetName() {
			found = append(found, deployment)
		}
	}
	return settled("worker", least, most, found...)
}

// settled says what keeps machines from being as many as wanted, all new and all available.
func settled(what string, least, most int64, owners ...*unstructured.Unstructured) verdict {
	var asked, all, fresh, working int64
	for _, owner := range owners {
		if number(owner.Object, 0, "status", "observedGeneration") < owner.GetGeneration() {
			return verdict{"OutdatedInformation", "waiting for Cluster API to see the newest " + owner.GetKind() + " " + owner.GetName()}
		}
		asked += number(owner.Object, 1, "spec", "replicas")
		all += number(owner.Object, 0, "status", "replicas")
		fresh += number(owner.Object, 0, "status", "upToDateReplicas")
		working += number(owner.Object, 0, "status", "availableReplicas")
	}
	switch {
	case asked < least || asked > most:
		return verdict{"OutdatedInformation", fmt.Sprintf("%d to %d %s nodes expected, %d asked of Cluster API", least, most, what, asked)}
	case fresh < all:
		return verdict{"RollingUpgradeInProgress", fmt.Sprintf("%s nodes are not up-to-date yet, %d upgrading (%d up to date)", what, all-fresh, fresh)}
	case all < asked:
		return verdict{"ScalingUp", fmt.Sprintf("Scaling up %s nodes, %d expected (%d actual)", what, asked, all)}
	case all > asked:
		return verdict{"ScalingDown", fmt.Sprintf("Scaling down %s nodes, %d expected (%d actual)", what, asked, all)}
	case working < asked:
		return verdict{"NodesNotReady", fmt.Sprintf("%s nodes are not ready yet, %d expected (%d ready)", what, asked, working)}
	}
	return verdict{}
}

func number(object map[string]any, usual int64, path ...string) int64 {
	if found, is, err := unstructured.NestedInt64(object, path...); is && err == nil {
		return found
	}
	return usual
}
