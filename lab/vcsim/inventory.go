package main

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	mib = int64(1) << 20
	gib = int64(1) << 30
)

// at returns the object of an inventory path.
func at[T mo.Entity](l *lab, path string) (T, error) {
	var found T
	for _, entity := range l.model.Map().All("") {
		if object, ok := entity.(T); ok && pathOf(l.model.Map(), entity.Reference()) == path {
			return object, nil
		}
	}
	return found, fmt.Errorf("%s: %w", path, errNotThere)
}

// update changes properties as the simulator itself does, so that whoever waits for them sees it.
func (l *lab) update(object mo.Reference, changes map[string]any) {
	var list []types.PropertyChange
	for name, value := range changes {
		list = append(list, types.PropertyChange{Name: name, Val: value})
	}
	l.model.Map().AtomicUpdate(l.model.Service.Context, object, list)
}

// space is how much a datastore holds and has left, in GiB.
type space struct {
	Path     string  `json:"path"`
	Capacity float64 `json:"capacityGiB"`
	Free     float64 `json:"freeGiB"`
}

func (l *lab) setDatastore(s space) error {
	datastore, err := at[*simulator.Datastore](l, s.Path)
	if err != nil {
		return err
	}
	summary := datastore.Summary
	summary.FreeSpace = int64(s.Free * float64(gib))
	summary.Capacity = max(int64(s.Capacity*float64(gib)), summary.FreeSpace)
	l.update(datastore, map[string]any{"summary": summary})
	return nil
}

// limits are what a resource pool may use and uses; a limit of -1 is none.
type limits struct {
	Path       string `json:"path"`
	MemoryMiB  int64  `json:"memoryMiB"`
	UsedMiB    int64  `json:"usedMiB"`
	CPUMHz     int64  `json:"cpuMHz"`
	UsedCPUMHz int64  `json:"usedCpuMHz"`
}

func (l *lab) setPool(want limits) error {
	pool, err := at[*simulator.ResourcePool](l, want.Path)
	if err != nil {
		return err
	}
	config, runtime := pool.Config, pool.Runtime
	config.MemoryAllocation.Limit = types.NewInt64(want.MemoryMiB)
	config.CpuAllocation.Limit = types.NewInt64(want.CPUMHz)
	runtime.Memory.OverallUsage = want.UsedMiB * mib
	runtime.Cpu.OverallUsage = want.UsedCPUMHz
	l.update(pool, map[string]any{"config": config, "runtime": runtime})
	return nil
}

// reach says which datastores and networks the hosts of a compute cluster have: all of them, or
// only the first where `first` is set.
type reach struct {
	Cluster    string   `json:"cluster"`
	Datastores []string `json:"datastores"`
	Networks   []string `json:"networks"`
	First      bool     `json:"first"`
}

func (l *lab) setReach(want reach) error {
	cluster, err := at[*simulator.ClusterComputeResource](l, want.Cluster)
	if err != nil {
		return err
	}
	datastores, err := l.references(want.Datastores)
	if err != nil {
		return err
	}
	networks, err := l.references(want.Networks)
	if err != nil {
		return err
	}
	hosts := cluster.Host
	if want.First {
		hosts = hosts[:1]
	}
	for _, reference := range hosts {
		host := l.model.Map().Get(reference)
		l.update(host, map[string]any{"datastore": datastores, "network": networks})
	}
	if !want.First {
		l.update(cluster, map[string]any{"datastore": datastores, "network": networks})
	}
	return nil
}

func (l *lab) references(paths []string) ([]types.ManagedObjectReference, error) {
	found := []types.ManagedObjectReference{}
	for _, path := range paths {
		object, err := at[mo.Entity](l, path)
		if err != nil {
			return nil, err
		}
		found = append(found, object.Reference())
	}
	return found, nil
}

// addresses is an IP pool: `Range` is written as vCenter writes it, `10.0.0.10#90`.
type addresses struct {
	Datacenter string   `json:"datacenter"`
	Name       string   `json:"name"`
	Subnet     string   `json:"subnet"`
	Netmask    string   `json:"netmask"`
	Gateway    string   `json:"gateway"`
	Range      string   `json:"range"`
	DHCP       bool     `json:"dhcp"`
	Networks   []string `json:"networks"`
	Free       int32    `json:"free"`
}

func (l *lab) setAddresses(want addresses) error {
	datacenter, err := at[*simulator.Datacenter](l, want.Datacenter)
	if err != nil {
		return err
	}
	pool := types.IpPool{
		Name: want.Name,
		Ipv4Config: &types.IpPoolIpPoolConfigInfo{
			SubnetAddress: want.Subnet, Netmask: want.Netmask, Gateway: want.Gateway,
			Range: want.Range, DhcpServerAvailable: types.NewBool(want.DHCP),
			IpPoolEnabled: types.NewBool(true),
		},
		AvailableIpv4Addresses: want.Free,
	}
	for _, path := range want.Networks {
		network, err := at[mo.Entity](l, path)
		if err != nil {
			return err
		}
		reference := network.Reference()
		pool.NetworkAssociation = append(pool.NetworkAssociation, types.IpPoolAssociation{
			Network: &reference, NetworkName: nameOf(network),
		})
	}
	return l.asAdministrator(func(ctx context.Context, client *vim25.Client) error {
		_, err := methods.CreateIpPool(ctx, client, &types.CreateIpPool{
			This: *client.ServiceContent.IpPoolManager, Dc: datacenter.Self, Pool: pool,
		})
		return err
	})
}

// forgetDefaultAddresses removes the pool that the simulator begins with: its addresses belong to
// no network of the inventory.
func forgetDefaultAddresses(ctx *simulator.Context) {
	for _, object := range ctx.Map.AllReference("IpPoolManager") {
		manager := object.(*simulator.IpPoolManager)
		manager.DestroyIpPool(&types.DestroyIpPool{This: manager.Self, Id: 1})
	}
}

// naming gives the object at a path another name.
type naming struct {
	Path string `json:"path"`
	Name string `json:"name"`
}

func (l *lab) rename(want naming) error {
	object, err := at[mo.Entity](l, want.Path)
	if err != nil {
		return err
	}
	l.update(object, map[string]any{"name": want.Name})
	return nil
}
