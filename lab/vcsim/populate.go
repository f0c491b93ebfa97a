package main

import (
	"errors"
	"fmt"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// atOnce is how many machines are made at the same time: the simulator's tasks mostly sleep.
const atOnce = 32

// populate makes the machines of every lowest resource pool: DC0_C0_RP0_VM0, … The simulator's own
// way makes them one after the other, which takes forty milliseconds each.
func (l *lab) populate(number int) error {
	for _, entity := range l.model.Map().All("ResourcePool") {
		pool := entity.(*simulator.ResourcePool)
		if len(pool.ResourcePool.ResourcePool) > 0 {
			continue
		}
		if err := l.fill(pool, number); err != nil {
			return err
		}
	}
	return nil
}

func (l *lab) fill(pool *simulator.ResourcePool, number int) error {
	errs := make([]error, number)
	free := make(chan struct{}, atOnce)
	var group sync.WaitGroup
	for i := range number {
		free <- struct{}{}
		group.Go(func() {
			errs[i] = l.addMachine(pool, fmt.Sprintf("%s_VM%d", l.prefix(pool), i))
			<-free
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// prefix is the pool's name; the root pool of a cluster is called after the cluster.
func (l *lab) prefix(pool *simulator.ResourcePool) string {
	if pool.Name != "Resources" {
		return pool.Name
	}
	return nameOf(l.model.Map().Get(pool.Owner).(mo.Entity)) + "_RP0"
}

func (l *lab) addMachine(pool *simulator.ResourcePool, name string) error {
	own := *l.model.Service.Context // the simulator's locks belong to a context
	ctx := &own
	folder := l.machineFolder(pool)
	wanted := machine{Path: "/" + name, Datastore: "LocalDS_0", Disks: []float64{10}}
	spec, err := wanted.spec()
	if err != nil {
		return err
	}
	created := folder.CreateVMTask(ctx, &types.CreateVM_Task{
		This: folder.Self, Config: spec, Pool: pool.Self,
	}).(*methods.CreateVM_TaskBody)
	result, err := l.outcome(created.Res.Returnval)
	if err != nil {
		return err
	}
	made := l.model.Map().Get(result.(types.ManagedObjectReference)).(*simulator.VirtualMachine)
	started := made.PowerOnVMTask(ctx, &types.PowerOnVM_Task{This: made.Self})
	_, err = l.outcome(started.(*methods.PowerOnVM_TaskBody).Res.Returnval)
	return err
}

// machineFolder is the machine folder of the datacenter that a pool belongs to.
func (l *lab) machineFolder(pool *simulator.ResourcePool) *simulator.Folder {
	registry := l.model.Map()
	var above mo.Entity = pool
	for {
		if datacenter, ok := above.(*simulator.Datacenter); ok {
			return registry.Get(datacenter.VmFolder).(*simulator.Folder)
		}
		above = registry.Get(*above.Entity().Parent).(mo.Entity)
	}
}

func (l *lab) outcome(reference types.ManagedObjectReference) (types.AnyType, error) {
	task := l.model.Map().Get(reference).(*simulator.Task)
	task.Wait()
	if task.Info.Error != nil {
		return nil, soap.WrapVimFault(task.Info.Error.Fault)
	}
	return task.Info.Result, nil
}
