package main

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"
)

// machine is a virtual machine or a template as a test wants it. One that is there is made anew.
// A tag is `category:name`, and its whole text is the tag's name, as EKS Anywhere has them.
type machine struct {
	Path       string    `json:"path"`
	Pool       string    `json:"pool"`
	Datastore  string    `json:"datastore"`
	Template   bool      `json:"template"`
	PoweredOn  bool      `json:"poweredOn"`
	Disks      []float64 `json:"disksGiB"`
	Snapshots  int       `json:"snapshots"`
	Annotation string    `json:"annotation"`
	Tags       []string  `json:"tags"`
	Addresses  []string  `json:"addresses"`
	Guest      string    `json:"guest"` // see guests.go; of a template
}

func (l *lab) setMachine(want machine) error {
	return l.asAdministrator(func(ctx context.Context, client *vim25.Client) error {
		finder := find.NewFinder(client, false)
		folder, err := ensureFolder(ctx, finder, path.Dir(want.Path))
		if err != nil {
			return err
		}
		if err := l.destroy(ctx, client, want.Path); err != nil {
			return err
		}
		made, err := want.create(ctx, finder, folder)
		if err != nil {
			return err
		}
		if err := want.finish(ctx, made); err != nil {
			return err
		}
		l.setGuest(made.Reference(), want.Addresses)
		return l.attach(ctx, client, made, want.Tags)
	})
}

func ensureFolder(ctx context.Context, finder *find.Finder, at string) (*object.Folder, error) {
	folder, err := finder.Folder(ctx, at)
	var missing *find.NotFoundError
	if !errors.As(err, &missing) || at == "/" {
		return folder, err
	}
	parent, err := ensureFolder(ctx, finder, path.Dir(at))
	if err != nil {
		return nil, err
	}
	return parent.CreateFolder(ctx, path.Base(at))
}

func (l *lab) destroy(ctx context.Context, client *vim25.Client, place string) error {
	old, err := at[*simulator.VirtualMachine](l, place)
	if errors.Is(err, errNotThere) {
		return nil
	}
	there := object.NewVirtualMachine(client, old.Self)
	if old.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		if err := wait(ctx, there.PowerOff); err != nil {
			return err
		}
	}
	return wait(ctx, there.Destroy)
}

func wait(ctx context.Context, begin func(context.Context) (*object.Task, error)) error {
	task, err := begin(ctx)
	if err != nil {
		return err
	}
	return task.Wait(ctx)
}

func (m machine) create(ctx context.Context, finder *find.Finder, folder *object.Folder) (*object.VirtualMachine, error) {
	pool, err := finder.ResourcePool(ctx, m.Pool)
	if err != nil {
		return nil, err
	}
	spec, err := m.spec()
	if err != nil {
		return nil, err
	}
	task, err := folder.CreateVM(ctx, spec, pool, nil)
	if err != nil {
		return nil, err
	}
	info, err := task.WaitForResult(ctx, nil)
	if err != nil {
		return nil, err
	}
	made := info.Result.(types.ManagedObjectReference)
	return object.NewVirtualMachine(folder.Client(), made), nil
}

func (m machine) spec() (types.VirtualMachineConfigSpec, error) {
	disks, err := m.disks()
	var extra []types.BaseOptionValue
	if m.Guest != "" {
		extra = append(extra, option(guestKey, m.Guest))
	}
	return types.VirtualMachineConfigSpec{
		Name:         path.Base(m.Path),
		Annotation:   m.Annotation,
		GuestId:      string(types.VirtualMachineGuestOsIdentifierUbuntu64Guest),
		Files:        &types.VirtualMachineFileInfo{VmPathName: "[" + path.Base(m.Datastore) + "]"},
		NumCPUs:      2,
		MemoryMB:     2048,
		DeviceChange: disks,
		ExtraConfig:  extra,
	}, err
}

func (m machine) disks() ([]types.BaseVirtualDeviceConfigSpec, error) {
	var devices object.VirtualDeviceList
	controller, err := devices.CreateSCSIController("pvscsi")
	if err != nil {
		return nil, err
	}
	devices = append(devices, controller)
	for _, size := range m.Disks {
		disk := devices.CreateDisk(
			controller.(types.BaseVirtualController), types.ManagedObjectReference{}, "")
		disk.CapacityInKB = int64(size * 1024 * 1024)
		disk.CapacityInBytes = disk.CapacityInKB * 1024
		devices = append(devices, disk)
	}
	return devices.ConfigSpec(types.VirtualDeviceConfigSpecOperationAdd)
}

// finish takes the snapshots, then starts the machine or makes it a template.
func (m machine) finish(ctx context.Context, made *object.VirtualMachine) error {
	for range m.Snapshots {
		take := func(ctx context.Context) (*object.Task, error) {
			return made.CreateSnapshot(ctx, "root", "", false, false)
		}
		if err := wait(ctx, take); err != nil {
			return err
		}
	}
	if m.Template {
		return made.MarkAsTemplate(ctx)
	}
	if m.PoweredOn {
		return wait(ctx, made.PowerOn)
	}
	return nil
}

func (l *lab) setGuest(reference types.ManagedObjectReference, addresses []string) {
	if len(addresses) == 0 {
		return
	}
	made := l.model.Map().Get(reference).(*simulator.VirtualMachine)
	guest := types.GuestInfo{}
	if made.Guest != nil {
		guest = *made.Guest
	}
	guest.IpAddress = addresses[0]
	guest.Net = []types.GuestNicInfo{{IpAddress: addresses, Connected: true, DeviceConfigId: 4000}}
	l.update(made, map[string]any{"guest": &guest})
}

// attach makes the tags that are not there, with their categories, and puts them on a machine.
func (l *lab) attach(ctx context.Context, client *vim25.Client, made *object.VirtualMachine, names []string) error {
	if len(names) == 0 {
		return nil
	}
	session := rest.NewClient(client)
	session.UserAgent = ours
	if err := session.Login(ctx, l.user()); err != nil {
		return err
	}
	defer func() { _ = session.Logout(ctx) }()
	manager := tags.NewManager(session)
	for _, name := range names {
		id, err := ensureTag(ctx, manager, name)
		if err != nil {
			return err
		}
		if err := manager.AttachTag(ctx, id, made); err != nil {
			return err
		}
	}
	return nil
}

func ensureTag(ctx context.Context, manager *tags.Manager, name string) (string, error) {
	category, _, _ := strings.Cut(name, ":")
	known, err := manager.GetCategory(ctx, category)
	if err != nil {
		_, err = manager.CreateCategory(ctx, &tags.Category{
			Name: category, Cardinality: "MULTIPLE", AssociableTypes: []string{"VirtualMachine"},
		})
		if err != nil {
			return "", err
		}
		if known, err = manager.GetCategory(ctx, category); err != nil {
			return "", err
		}
	}
	if tag, err := manager.GetTagForCategory(ctx, name, category); err == nil {
		return tag.ID, nil
	}
	return manager.CreateTag(ctx, &tags.Tag{Name: name, CategoryID: known.ID})
}
