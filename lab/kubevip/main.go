// A stand-in for kube-vip: holds the control plane's address on one node at a time, by ARP.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coordination "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

func main() {
	log.SetPrefix("kube-vip: ")
	if len(os.Args) < 2 || os.Args[1] != "manager" {
		log.Fatal("the stand-in has one command: manager")
	}
	flags := flag.NewFlagSet("manager", flag.ExitOnError)
	kubeconfig := flags.String("k8sConfigPath", "/etc/kubernetes/admin.conf", "the kubeconfig to use")
	_ = flags.Parse(os.Args[2:])
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(stopped, *kubeconfig); err != nil {
		log.Fatal(err)
	}
}

func run(stopped context.Context, kubeconfig string) error {
	holder, err := newHolder()
	if err != nil {
		return err
	}
	if err := holder.release(); err != nil { // a crash leaves it behind; another node may have it now
		return err
	}
	config, err := electionConfig(kubeconfig, holder)
	if err != nil {
		return err
	}
	election, withdraw := context.WithCancel(context.Background())
	closed := make(chan error, 1)
	go func() { // the address goes first, then the lease: the next leader never shares it
		<-stopped.Done()
		closed <- holder.close()
		withdraw()
	}()
	for election.Err() == nil {
		leaderelection.RunOrDie(election, *config)
	}
	return <-closed
}

// electionConfig reads kube-vip's environment, and points the kubeconfig at the API server of this
// very node: the address in it is the one that nobody may hold yet. As kube-vip does, it calls that
// server `kubernetes`, a name that every certificate of kubeadm has.
func electionConfig(kubeconfig string, holder *holder) (*leaderelection.LeaderElectionConfig, error) {
	for _, name := range []string{"cp_enable", "vip_arp", "vip_leaderelection"} {
		if os.Getenv(name) != "true" {
			return nil, fmt.Errorf("%s is not true, and the stand-in can do nothing else", name)
		}
	}
	duration, wrong1 := seconds("vip_leaseduration", "15")
	deadline, wrong2 := seconds("vip_renewdeadline", "10")
	retry, wrong3 := seconds("vip_retryperiod", "2")
	node, wrong4 := os.Hostname()
	config, wrong5 := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err := errors.Join(wrong1, wrong2, wrong3, wrong4, wrong5); err != nil {
		return nil, err
	}
	config.Host = "https://" + net.JoinHostPort("127.0.0.1", cmp.Or(os.Getenv("port"), "6443"))
	config.TLSClientConfig.ServerName = "kubernetes"
	config.Timeout = deadline / 2
	client, err := coordination.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	lock := &resourcelock.LeaseLock{Client: client, LeaseMeta: metav1.ObjectMeta{
		Name:      cmp.Or(os.Getenv("vip_leasename"), "plndr-cp-lock"),
		Namespace: cmp.Or(os.Getenv("cp_namespace"), "kube-system"),
	}, LockConfig: resourcelock.ResourceLockConfig{
		Identity: cmp.Or(os.Getenv("vip_nodename"), node),
	}}
	return &leaderelection.LeaderElectionConfig{
		Lock: lock, LeaseDuration: duration, RenewDeadline: deadline, RetryPeriod: retry,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: holder.hold,
			OnStoppedLeading: func() { said(holder.release()) },
			OnNewLeader:      func(name string) { log.Printf("%s leads", name) },
		},
	}, nil
}

func seconds(name, usual string) (time.Duration, error) {
	number, err := strconv.Atoi(cmp.Or(os.Getenv(name), usual))
	if err != nil || number < 1 {
		return 0, fmt.Errorf("%s: %q is no number of seconds", name, os.Getenv(name))
	}
	return time.Duration(number) * time.Second, nil
}

func said(err error) {
	if err != nil {
		log.Print(err)
	}
}
