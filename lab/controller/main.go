// A stand-in for EKS Anywhere's controller: says of its Clusters what Cluster API says of its own.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// A plug-in's daemons are in another cluster, which is not watched: they are looked at this often.
const lookEvery = 5 * time.Second

var (
	clusters    = schema.GroupVersionResource{Group: "anywhere.eks.amazonaws.com", Version: "v1alpha1", Resource: "clusters"}
	managed     = schema.GroupVersionResource{Group: "cluster.x-k8s.io", Version: "v1beta2", Resource: "clusters"}
	deployments = schema.GroupVersionResource{Group: "cluster.x-k8s.io", Version: "v1beta2", Resource: "machinedeployments"}
	planes      = schema.GroupVersionResource{Group: "controlplane.cluster.x-k8s.io", Version: "v1beta2", Resource: "kubeadmcontrolplanes"}
)

type controller struct {
	client    dynamic.Interface
	namespace string
	informers dynamicinformer.DynamicSharedInformerFactory
	changed   chan struct{} // holds one: many changes are one reason to look
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the cluster to work in; without it, the one this runs in")
	namespace := flag.String("namespace", "eksa-system", "where the Cluster API objects are")
	health := flag.String("health-address", ":8081", "where /healthz and /readyz answer")
	flag.Parse()
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	var ready atomic.Bool
	go serve(*health, &ready)
	newController(client, *namespace).run(stopped, &ready)
}

func serve(address string, ready *atomic.Bool) {
	http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/readyz", func(answer http.ResponseWriter, _ *http.Request) {
		if !ready.Load() {
			http.Error(answer, "not every kind could be listed yet", http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(address, nil))
}

func newController(client dynamic.Interface, namespace string) *controller {
	informers := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	made := &controller{client, namespace, informers, make(chan struct{}, 1)}
	notice := func() {
		select {
		case made.changed <- struct{}{}:
		default:
		}
	}
	for _, kind := range []schema.GroupVersionResource{clusters, managed, deployments, planes} {
		_, _ = informers.ForResource(kind).Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { notice() },
			UpdateFunc: func(any, any) { notice() },
			DeleteFunc: func(any) { notice() },
		})
	}
	return made
}

// run looks at every Cluster whenever something changes; it judges nothing before it has seen all.
func (c *controller) run(stopped context.Context, ready *atomic.Bool) {
	c.informers.Start(stopped.Done())
	for kind, seen := range c.informers.WaitForCacheSync(stopped.Done()) {
		if !seen {
			log.Printf("%s: never listed", kind)
			return
		}
	}
	ready.Store(true)
	for stopped.Err() == nil {
		for _, found := range c.list(clusters, metav1.NamespaceAll) {
			if err := c.reconcile(stopped, found); err != nil {
				log.Printf("%s: %v", found.GetName(), err)
			}
		}
		select {
		case <-stopped.Done():
		case <-c.changed:
		case <-time.After(lookEvery):
		}
	}
}

func (c *controller) list(kind schema.GroupVersionResource, namespace string) []*unstructured.Unstructured {
	objects, err := c.informers.ForResource(kind).Lister().ByNamespace(namespace).List(labels.Everything())
	if err != nil {
		log.Printf("%s: %v", kind, err)
	}
	found := make([]*unstructured.Unstructured, 0, len(objects))
	for _, object := range objects {
		found = append(found, object.(*unstructured.Unstructured))
	}
	return found
}

// named returns the object of that name beside the Cluster API objects, or nil.
func (c *controller) named(kind schema.GroupVersionResource, name string) *unstructured.Unstructured {
	for _, found := range c.list(kind, c.namespace) {
		if found.GetName() == name {
			return found
		}
	}
	return nil
}
