package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
)

// options say what the simulated vCenter holds and who may enter.
type options struct {
	Listen      string `json:"-"`
	User        string `json:"-"`
	Password    string `json:"-"`
	Version     string `json:"version"`
	Datacenters int    `json:"datacenters"`
	Clusters    int    `json:"clusters"`
	Hosts       int    `json:"hosts"`
	Pools       int    `json:"pools"`
	Datastores  int    `json:"datastores"`
	Networks    int    `json:"networks"`
	Machines    int    `json:"machines"`
}

func (o *options) register(flags *flag.FlagSet) {
	flags.StringVar(&o.Listen, "listen", "127.0.0.1:0", "address of the vCenter")
	flags.StringVar(&o.User, "user", "bedplate@vsphere.local", "the one user")
	flags.StringVar(&o.Password, "password", "vcsim", "the user's password")
	flags.Func("password-file", "a file with the user's password", o.readPassword)
	flags.StringVar(&o.Version, "version", "8.0.3", "version of the vCenter")
	flags.IntVar(&o.Datacenters, "datacenters", 1, "how many datacenters: DC0, …")
	flags.IntVar(&o.Clusters, "clusters", 1, "compute clusters of each datacenter: DC0_C0, …")
	flags.IntVar(&o.Hosts, "hosts", 2, "hosts of each cluster")
	flags.IntVar(&o.Pools, "pools", 0, "resource pools below each cluster's root pool")
	flags.IntVar(&o.Datastores, "datastores", 1, "datastores of each datacenter: LocalDS_0, …")
	flags.IntVar(&o.Networks, "networks", 1, "port groups of each datacenter: DC0_DVPG0, …")
	flags.IntVar(&o.Machines, "machines", 2, "virtual machines of each lowest resource pool")
}

// readPassword keeps the password out of the list of processes.
func (o *options) readPassword(path string) error {
	text, err := os.ReadFile(path)
	o.Password = strings.TrimSpace(string(text))
	return err
}

// model returns what the simulator builds.
func (o *options) model() *simulator.Model {
	model := simulator.VPX()
	model.Datacenter, model.Cluster, model.ClusterHost = o.Datacenters, o.Clusters, o.Hosts
	model.Host = 0 // no hosts outside of a cluster
	model.Pool, model.Datastore = o.Pools, o.Datastores
	model.Machine = 0 // populate makes them, much faster
	model.Portgroup = o.Networks
	about := &model.ServiceContent.About
	about.Version, about.ApiVersion = o.Version, o.Version+".0"
	about.FullName = fmt.Sprintf("VMware vCenter Server %s (simulated)", o.Version)
	return model
}

// lab is the simulated vCenter with everything that a test can change of it.
type lab struct {
	mu       sync.Mutex // one admin request at a time
	options  options
	identity identity
	gate     *gate
	rights   *rights
	clock    *clock

	model  *simulator.Model
	server *simulator.Server
}

func newLab(options options) (*lab, error) {
	identity, err := newIdentity()
	if err != nil {
		return nil, err
	}
	l := &lab{options: options, identity: identity}
	return l, l.open(options)
}

// open builds the inventory and serves it; after the first time at the same address.
func (l *lab) open(options options) error {
	model := options.model()
	if err := model.Create(); err != nil {
		return err
	}
	l.model, l.gate = model, newGate()
	registry := model.Map()
	for _, entity := range registry.All("VirtualMachine") {
		complete(entity.(*simulator.VirtualMachine))
	}
	registry.AddHandler(completer{})
	l.rights, l.clock = newRights(registry), newClock(registry)
	registry.Handler = func(ctx *simulator.Context, method *simulator.Method) (none, fault) {
		l.giveGuest(method)
		l.ownDisks(method)
		l.settleGuest(method)
		return nil, l.refusal(ctx, method)
	}
	forgetDefaultAddresses(model.Service.Context)

	model.Service.RegisterEndpoints = true
	model.Service.TLS = &tls.Config{
		Certificates: []tls.Certificate{l.identity.tls},
		MinVersion:   tls.VersionTLS12,
	}
	model.Service.Listen = &url.URL{
		Host: options.Listen,
		User: url.UserPassword(options.User, options.Password),
	}
	l.server = model.Service.NewServer()
	registry.SessionManager().ValidLogin = l.isKnown
	// Nobody knows the address yet, so no request is served without the gate.
	l.server.Config.Handler = l.gate.guard(l.server.Config.Handler)
	l.options = options
	l.options.Listen = l.server.URL.Host
	return l.populate(options.Machines)
}

// reopen makes a new vCenter of the given size at the same address; nothing of the old one stays.
func (l *lab) reopen(options options) error {
	l.close()
	options.Listen = l.options.Listen
	return l.open(options)
}

func (l *lab) close() {
	l.server.CloseClientConnections()
	l.server.Close()
	l.model.Remove()
}

func (l *lab) address() string { return l.server.URL.Host }

// refusal is the fault with which a call ends before it begins; nil lets it through.
func (l *lab) refusal(ctx *simulator.Context, method *simulator.Method) fault {
	if ctx.Session != nil && isOurs(ctx.Session.UserAgent) {
		return nil
	}
	if fault := l.gate.fault(method); fault != nil {
		return fault
	}
	return l.rights.refusal(method)
}
