package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

func start(t *testing.T) *lab {
	t.Helper()
	l, err := newLab(options{
		Listen: "127.0.0.1:0", User: "user", Password: "secret", Version: "8.0.3",
		Datacenters: 1, Clusters: 1, Hosts: 1, Datastores: 1, Machines: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

func client(t *testing.T, l *lab) *govmomi.Client {
	t.Helper()
	c, err := govmomi.NewClient(context.Background(), l.server.URL, true)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tell(t *testing.T, l *lab, method, path string, body any) int {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	l.admin().ServeHTTP(answer, httptest.NewRequest(method, path, bytes.NewReader(text)))
	return answer.Code
}

func TestDeniedPrivilegesAreAnsweredAndEnforced(t *testing.T) {
	l := start(t)
	if got := tell(t, l, "POST", "/denials", denial{
		Path: "/DC0/vm", Privileges: []string{"Folder.Create"},
	}); got != http.StatusNoContent {
		t.Fatalf("denials: %d", got)
	}
	ctx, c := context.Background(), client(t, l)
	folders, err := object.NewDatacenter(c.Client, datacenter(t, l)).Folders(ctx)
	if err != nil {
		t.Fatal(err)
	}

	manager := object.NewAuthorizationManager(c.Client)
	held, err := manager.FetchUserPrivilegeOnEntities(ctx, []types.ManagedObjectReference{
		folders.VmFolder.Reference(), folders.HostFolder.Reference(),
	}, "user")
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(held[0].Privileges, "Folder.Create") {
		t.Error("a denied privilege is held")
	}
	if !slices.Contains(held[1].Privileges, "Folder.Create") {
		t.Error("a privilege is denied elsewhere too")
	}
	if _, err := folders.VmFolder.CreateFolder(ctx, "new"); !isNoPermission(err) {
		t.Errorf("a folder is made without the privilege: %v", err)
	}
}

func TestAFaultHappensAsOftenAsItWasToldTo(t *testing.T) {
	l := start(t)
	c := client(t, l)
	tell(t, l, "POST", "/faults", rule{Method: "CurrentTime", Status: 503, Times: 1})
	tell(t, l, "POST", "/faults", rule{Method: "CurrentTime", Fault: "SystemError", Times: 1})
	for i, fails := range []bool{true, true, false} {
		_, err := methods.GetCurrentTime(context.Background(), c.Client)
		if (err != nil) != fails {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if got := l.gate.counted()["CurrentTime"]; got != 3 {
		t.Errorf("%d calls counted", got)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	l := start(t)
	for _, one := range []struct {
		path string
		body any
		want int
	}{
		{"/faults", rule{Method: "Login", Fault: "Nonsense"}, http.StatusUnprocessableEntity},
		{"/faults", rule{Status: 503}, http.StatusUnprocessableEntity},
		{"/faults", map[string]any{"nonsense": "Login"}, http.StatusBadRequest},
		{"/datastore", space{Path: "/DC0/datastore/none"}, http.StatusNotFound},
		{"/machine", machine{Path: "/DC0/vm/a", Pool: "/DC0/none"}, http.StatusUnprocessableEntity},
	} {
		if got := tell(t, l, "POST", one.path, one.body); got != one.want {
			t.Errorf("%s %v: %d", one.path, one.body, got)
		}
	}
}

func TestEndedSessionsAreEnded(t *testing.T) {
	l := start(t)
	c := client(t, l)
	tell(t, l, "DELETE", "/sessions", nil)
	if open := l.sessions(); len(open) != 0 {
		t.Errorf("still open: %v", open)
	}
	if _, err := methods.GetCurrentTime(context.Background(), c.Client); err == nil {
		t.Error("the ended session still works")
	}
}

func TestANewVCenterAnswersAtTheOldAddress(t *testing.T) {
	l := start(t)
	before := l.address()
	tell(t, l, "POST", "/rename", naming{Path: "/DC0", Name: "Old"})
	if got := tell(t, l, "POST", "/reset", map[string]int{"machines": 3}); got != http.StatusNoContent {
		t.Fatalf("reset: %d", got)
	}
	if l.address() != before {
		t.Errorf("%s has become %s", before, l.address())
	}
	if got := len(l.model.Map().All("VirtualMachine")); got != 3 {
		t.Errorf("%d machines", got)
	}
	datacenter(t, l)
}

func TestAWrongPasswordIsRefused(t *testing.T) {
	l := start(t)
	transport := soap.NewClient(l.server.URL, true)
	c, err := vim25.NewClient(context.Background(), transport)
	if err != nil {
		t.Fatal(err)
	}
	_, err = methods.Login(context.Background(), c, &types.Login{
		This: *c.ServiceContent.SessionManager, UserName: "user", Password: "guess",
	})
	if err == nil {
		t.Error("a wrong password is let in")
	}
}

func datacenter(t *testing.T, l *lab) types.ManagedObjectReference {
	t.Helper()
	references, err := l.references([]string{"/DC0"})
	if err != nil {
		t.Fatal(err)
	}
	return references[0]
}

func isNoPermission(err error) bool {
	if err == nil || !soap.IsSoapFault(err) {
		return false
	}
	_, ok := soap.ToSoapFault(err).VimFault().(types.NoPermission)
	return ok
}
