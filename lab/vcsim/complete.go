package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// completer sets, on every new machine and clone, what a real vCenter always sends.
type completer struct{}

func (completer) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "LabCompleter", Value: "completer"}
}

// PutObject completes a machine that has been made.
func (completer) PutObject(_ *simulator.Context, object mo.Reference) {
	if machine, ok := object.(*simulator.VirtualMachine); ok {
		complete(machine)
	}
}

// UpdateObject completes a machine that has been changed.
func (completer) UpdateObject(_ *simulator.Context, object mo.Reference, _ []types.PropertyChange) {
	if machine, ok := object.(*simulator.VirtualMachine); ok {
		complete(machine)
	}
}

// RemoveObject has nothing to complete.
func (completer) RemoveObject(*simulator.Context, types.ManagedObjectReference) {}

// complete names the machine's guest, and sets two enums that pyVmomi cannot read empty: without
// them it loses all of `runtime` and `summary`.
func complete(machine *simulator.VirtualMachine) {
	if machine.Guest != nil && machine.Guest.HostName == "" {
		machine.Guest.HostName = machine.Name
	}
	if machine.Summary.Guest != nil && machine.Summary.Guest.HostName == "" {
		machine.Summary.Guest.HostName = machine.Name
	}
	for _, runtime := range []*types.VirtualMachineRuntimeInfo{
		&machine.Runtime, &machine.Summary.Runtime,
	} {
		if runtime.FaultToleranceState == "" {
			runtime.FaultToleranceState = types.VirtualMachineFaultToleranceStateNotConfigured
		}
		if runtime.RecordReplayState == "" {
			runtime.RecordReplayState = types.VirtualMachineRecordReplayStateInactive
		}
	}
}
