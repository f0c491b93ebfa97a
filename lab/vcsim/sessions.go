package main

import (
	"context"
	"net/url"

	"github.com/vmware/govmomi"
	govmomisession "github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// session is an open session, as its user may see it.
type session struct {
	Key  string `json:"key"`
	User string `json:"user"`
}

func (l *lab) sessions() []session {
	context := l.model.Service.Context
	manager := context.Session.Get(l.model.Map().SessionManager().Self).(*simulator.SessionManager)
	open := []session{}
	for _, one := range manager.SessionList {
		if !isOurs(one.UserAgent) {
			open = append(open, session{Key: one.Key, User: one.UserName})
		}
	}
	return open
}

// endSessions does to sessions what a restart of the vCenter does.
func (l *lab) endSessions() error {
	l.gate.revokeAll()
	var keys []string
	for _, session := range l.sessions() {
		keys = append(keys, session.Key)
	}
	manager := l.model.Map().SessionManager()
	result := manager.TerminateSession(l.model.Service.Context, &types.TerminateSession{
		This: manager.Self, SessionId: keys,
	})
	if result.Fault() != nil {
		return soap.WrapSoapFault(result.Fault())
	}
	return nil
}

// isKnown lets the one user in and nobody else. Left alone, the simulator of single sign-on asks a
// directory of its own.
func (l *lab) isKnown(who *types.Login) bool {
	return who.UserName == l.options.User && who.Password == l.options.Password
}

func (l *lab) user() *url.Userinfo { return url.UserPassword(l.options.User, l.options.Password) }

// asAdministrator logs in for one change, in a way that the gate knows and lets through.
func (l *lab) asAdministrator(do func(context.Context, *vim25.Client) error) error {
	ctx := context.Background()
	transport := soap.NewClient(l.server.URL, true)
	transport.UserAgent = ours
	vim, err := vim25.NewClient(ctx, transport)
	if err != nil {
		return err
	}
	vim.UserAgent = ours
	client := &govmomi.Client{Client: vim, SessionManager: govmomisession.NewManager(vim)}
	if err := client.SessionManager.Login(ctx, l.user()); err != nil {
		return err
	}
	defer func() { _ = client.Logout(ctx) }()
	return do(ctx, vim)
}
