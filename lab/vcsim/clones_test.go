package main

import (
	"context"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// cloneAsCAPV clones as the vSphere provider does: the template's disk is edited, a network card added.
func cloneAsCAPV(t *testing.T, finder *find.Finder, name string) *object.VirtualMachine {
	t.Helper()
	ctx := context.Background()
	template, err := finder.VirtualMachine(ctx, "/DC0/vm/Templates/one")
	if err != nil {
		t.Fatal(err)
	}
	devices, err := template.Device(ctx)
	if err != nil {
		t.Fatal(err)
	}
	disk := devices.SelectByType((*types.VirtualDisk)(nil))[0].(*types.VirtualDisk)
	disk.CapacityInKB *= 2
	card, err := object.EthernetCardTypes().CreateEthernetCard("vmxnet3", &types.VirtualEthernetCardNetworkBackingInfo{
		VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: "VM Network"},
	})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := finder.ResourcePool(ctx, "/DC0/host/DC0_C0/Resources")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := finder.Folder(ctx, "/DC0/vm")
	if err != nil {
		t.Fatal(err)
	}
	spec := types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: types.NewReference(pool.Reference())},
		Config: &types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
			&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: disk},
			&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: card},
		}},
	}
	task, err := template.Clone(ctx, folder, name, spec)
	if err != nil {
		t.Fatal(err)
	}
	info, err := task.WaitForResult(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return object.NewVirtualMachine(template.Client(), info.Result.(types.ManagedObjectReference))
}

// A clone whose disk was the template's own file took that file along when it was destroyed; the next clone
// then lost its network card, since the simulator stops at the first change that fails and says nothing.
func TestATemplateOutlivesItsClones(t *testing.T) {
	l := start(t)
	finder := find.NewFinder(client(t, l).Client)
	made := map[string]any{
		"path": "/DC0/vm/Templates/one", "pool": "/DC0/host/DC0_C0/Resources",
		"datastore": "/DC0/datastore/LocalDS_0", "template": true, "disksGiB": []int{1},
	}
	if code := tell(t, l, "POST", "/machine", made); code != 204 && code != 200 {
		t.Fatalf("no template: %d", code)
	}
	ctx := context.Background()
	for _, name := range []string{"first", "second"} {
		clone := cloneAsCAPV(t, finder, name)
		devices, err := clone.Device(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if cards := devices.SelectByType((*types.VirtualEthernetCard)(nil)); len(cards) != 1 {
			t.Fatalf("the %s clone has %d network cards", name, len(cards))
		}
		task, err := clone.Destroy(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := task.Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
}
