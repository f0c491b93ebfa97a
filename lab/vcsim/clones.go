package main

import (
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// ownDisks lets a clone's changes of the template's disks be changes of its own copies. A client names the
// template's file in them; the simulator would give that file to the clone, and remove it with the clone.
func (l *lab) ownDisks(method *simulator.Method) {
	clone, ok := method.Body.(*types.CloneVM_Task)
	if !ok || clone.Spec.Config == nil {
		return
	}
	count := 0
	for _, change := range clone.Spec.Config.DeviceChange {
		spec := change.GetVirtualDeviceConfigSpec()
		disk, ok := spec.Device.(*types.VirtualDisk)
		if !ok || spec.Operation != types.VirtualDeviceConfigSpecOperationEdit {
			continue
		}
		if backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok {
			backing.FileName = diskOf(clone.Name, backing.FileName, count)
		}
		count++
	}
}

// diskOf is how the simulator calls the disks of a new machine, on the datastore of its template.
func diskOf(machine, template string, number int) string {
	var path object.DatastorePath
	path.FromString(template)
	file := machine
	if number > 0 {
		file = fmt.Sprintf("%s_%d", machine, number)
	}
	path.Path = fmt.Sprintf("%s/%s.vmdk", machine, file)
	return path.String()
}
