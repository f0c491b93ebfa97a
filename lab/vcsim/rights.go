package main

import (
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// asks names the privilege that a method needs on the object that it is called on. A real vCenter
// asks for more; these are what Bedplate calls.
var asks = map[string]string{
	"CreateFolder":          "Folder.Create",
	"Destroy_Task":          "Folder.Delete",
	"ImportVApp":            "VApp.Import",
	"MarkAsTemplate":        "VirtualMachine.Provisioning.MarkAsTemplate",
	"ReconfigVM_Task":       "VirtualMachine.Config.DiskExtend",
	"CreateSnapshot_Task":   "VirtualMachine.State.CreateSnapshot",
	"CreateSnapshotEx_Task": "VirtualMachine.State.CreateSnapshot",
	"TerminateSession":      "Sessions.TerminateSession",
}

// denial takes privileges from the user: at one path, or also at everything below it.
type denial struct {
	Path       string   `json:"path"`
	Privileges []string `json:"privileges"`
	Below      bool     `json:"below"`
}

func (d denial) covers(path, privilege string) bool {
	if !slices.Contains(d.Privileges, privilege) {
		return false
	}
	return path == d.Path || d.Below && (d.Path == "/" || strings.HasPrefix(path, d.Path+"/"))
}

// rights stands in for the authorization manager, which would grant everything.
type rights struct {
	*simulator.AuthorizationManager
	registry *simulator.Registry

	mu      sync.Mutex
	denials []denial
	known   []string
}

func newRights(registry *simulator.Registry) *rights {
	manager := registry.AllReference("AuthorizationManager")[0].(*simulator.AuthorizationManager)
	known := object.AuthorizationRoleList(manager.RoleList).ByName("Admin").Privilege
	r := &rights{AuthorizationManager: manager, registry: registry, known: known}
	r.forget(nil)
	registry.Put(r)
	return r
}

func (r *rights) deny(d denial) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.denials = append(r.denials, d)
}

func (r *rights) grantAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.denials = nil
}

// forget makes this vCenter one that has never heard of some privileges, as an older version has.
func (r *rights) forget(privileges []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known = slices.DeleteFunc(slices.Clone(r.known), func(privilege string) bool {
		return slices.Contains(privileges, privilege)
	})
	list := make([]types.AuthorizationPrivilege, len(r.known))
	for i, privilege := range r.known {
		group, name, _ := strings.Cut(privilege, ".")
		list[i] = types.AuthorizationPrivilege{
			PrivId: privilege, Name: name, PrivGroupName: group,
		}
	}
	r.PrivilegeList = list
}

func (r *rights) grants(entity types.ManagedObjectReference, privilege string) bool {
	return len(r.held(entity, []string{privilege})) == 1
}

// held returns those of some privileges that the user has on an object.
func (r *rights) held(entity types.ManagedObjectReference, privileges []string) []string {
	path := pathOf(r.registry, entity)
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(privileges), func(privilege string) bool {
		denied := slices.ContainsFunc(r.denials, func(d denial) bool {
			return d.covers(path, privilege)
		})
		return denied || !slices.Contains(r.known, privilege)
	})
}

func (r *rights) everything() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known
}

// refusal is what a call without the privilege it needs ends with.
func (r *rights) refusal(method *simulator.Method) fault {
	privilege, asked := asks[method.Name]
	if !asked || r.grants(method.This, privilege) {
		return nil
	}
	return &types.NoPermission{Object: &method.This, PrivilegeId: privilege}
}

// HasPrivilegeOnEntities answers for a session.
func (r *rights) HasPrivilegeOnEntities(request *types.HasPrivilegeOnEntities) soap.HasFault {
	return &methods.HasPrivilegeOnEntitiesBody{Res: &types.HasPrivilegeOnEntitiesResponse{
		Returnval: r.answers(request.Entity, request.PrivId),
	}}
}

// HasUserPrivilegeOnEntities answers for a user.
func (r *rights) HasUserPrivilegeOnEntities(request *types.HasUserPrivilegeOnEntities) soap.HasFault {
	return &methods.HasUserPrivilegeOnEntitiesBody{Res: &types.HasUserPrivilegeOnEntitiesResponse{
		Returnval: r.answers(request.Entities, request.PrivId),
	}}
}

// HasPrivilegeOnEntity answers for a session and one object.
func (r *rights) HasPrivilegeOnEntity(request *types.HasPrivilegeOnEntity) soap.HasFault {
	held := r.held(request.Entity, request.PrivId)
	answers := make([]bool, len(request.PrivId))
	for i, privilege := range request.PrivId {
		answers[i] = slices.Contains(held, privilege)
	}
	return &methods.HasPrivilegeOnEntityBody{Res: &types.HasPrivilegeOnEntityResponse{
		Returnval: answers,
	}}
}

// FetchUserPrivilegeOnEntities lists what a user holds.
func (r *rights) FetchUserPrivilegeOnEntities(request *types.FetchUserPrivilegeOnEntities) soap.HasFault {
	results := make([]types.UserPrivilegeResult, len(request.Entities))
	for i, entity := range request.Entities {
		results[i] = types.UserPrivilegeResult{
			Entity: entity, Privileges: r.held(entity, r.everything()),
		}
	}
	return &methods.FetchUserPrivilegeOnEntitiesBody{Res: &types.FetchUserPrivilegeOnEntitiesResponse{
		Returnval: results,
	}}
}

func (r *rights) answers(entities []types.ManagedObjectReference, privileges []string) []types.EntityPrivilege {
	results := make([]types.EntityPrivilege, len(entities))
	for i, entity := range entities {
		results[i] = types.EntityPrivilege{Entity: entity}
		held := r.held(entity, privileges)
		for _, privilege := range privileges {
			answer := types.PrivilegeAvailability{
				PrivId: privilege, IsGranted: slices.Contains(held, privilege),
			}
			results[i].PrivAvailability = append(results[i].PrivAvailability, answer)
		}
	}
	return results
}

// pathOf is an object's full inventory path; "/" for the root and for what is no part of it.
func pathOf(registry *simulator.Registry, reference types.ManagedObjectReference) string {
	entity, ok := registry.Get(reference).(mo.Entity)
	if !ok || entity.Entity().Parent == nil {
		return "/"
	}
	above := pathOf(registry, *entity.Entity().Parent)
	return strings.TrimSuffix(above, "/") + "/" + nameOf(entity)
}

// nameOf returns an object's name; networks keep theirs elsewhere.
func nameOf(entity mo.Entity) string {
	switch e := entity.(type) {
	case *mo.Network:
		return e.Name
	case *mo.OpaqueNetwork:
		return e.Name
	case *simulator.DistributedVirtualPortgroup:
		return e.Name
	case *simulator.DistributedVirtualSwitch:
		return e.Name
	}
	return entity.Entity().Name
}
