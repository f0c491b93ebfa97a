package main

import (
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// clock stands in for the service instance, whose clock may be wrong.
type clock struct {
	*simulator.ServiceInstance
	ahead atomic.Int64 // nanoseconds
}

func newClock(registry *simulator.Registry) *clock {
	instance := registry.Get(vim25.ServiceInstance).(*simulator.ServiceInstance)
	c := &clock{ServiceInstance: instance}
	registry.Put(c)
	return c
}

func (c *clock) advance(by time.Duration) { c.ahead.Add(int64(by)) }

// CurrentTime says what the wrong clock shows.
func (c *clock) CurrentTime(*types.CurrentTime) soap.HasFault {
	now := time.Now().Add(time.Duration(c.ahead.Load()))
	return &methods.CurrentTimeBody{Res: &types.CurrentTimeResponse{Returnval: now}}
}
