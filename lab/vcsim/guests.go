package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// guestKey is where a template keeps what its clones run as: the words of `docker create` behind the
// name, the image last. The simulator starts and removes the container with the machine.
const guestKey = "lab.guest"

// hostName is what may follow --hostname in a command line that a shell reads.
var hostName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`)

// giveGuest makes a clone of such a template run as a container of the clone's name: the cloud
// provider finds a machine by the name that its guest tells.
func (l *lab) giveGuest(method *simulator.Method) {
	clone, ok := method.Body.(*types.CloneVM_Task)
	if !ok || clone.Spec.Template || !hostName.MatchString(clone.Name) {
		return
	}
	template, ok := l.model.Map().Get(clone.This).(*simulator.VirtualMachine)
	if !ok {
		return
	}
	guest, ok := optionOf(template, guestKey)
	if !ok {
		return
	}
	if clone.Spec.Config == nil {
		clone.Spec.Config = &types.VirtualMachineConfigSpec{}
	}
	clone.Spec.Config.ExtraConfig = append(clone.Spec.Config.ExtraConfig,
		option(simulator.ContainerBackingOptionKey, fmt.Sprintf("--hostname %s %s", clone.Name, guest)),
		// Containers share this machine's firmware; cloud-init does not need it.
		option("RUN.mountdmi", "false"),
	)
}

func option(key, value string) types.BaseOptionValue {
	return &types.OptionValue{Key: key, Value: value}
}

func optionOf(machine *simulator.VirtualMachine, key string) (string, bool) {
	for _, found := range machine.Config.ExtraConfig {
		if value := found.GetOptionValue(); value.Key == key {
			text, ok := value.Value.(string)
			return text, ok
		}
	}
	return "", false
}

// settleGuest lets a machine be destroyed that has been switched off: the simulator looks at its
// container every other second, and a look that began before may have found it running.
func (l *lab) settleGuest(method *simulator.Method) {
	destroy, ok := method.Body.(*types.Destroy_Task)
	if !ok {
		return
	}
	machine, ok := l.model.Map().Get(destroy.This).(*simulator.VirtualMachine)
	if !ok || machine.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return
	}
	if _, ok := optionOf(machine, simulator.ContainerBackingOptionKey); !ok {
		return
	}
	container := fmt.Sprintf("vcsim-%s-%s", machine.Name, machine.Config.Uuid)
	inspect := exec.Command("docker", "inspect", "--format", "{{.State.Running}}", container)
	if answer, err := inspect.Output(); err == nil && strings.TrimSpace(string(answer)) == "false" {
		l.update(machine, map[string]any{
			"runtime.powerState":         types.VirtualMachinePowerStatePoweredOff,
			"summary.runtime.powerState": types.VirtualMachinePowerStatePoweredOff,
		})
	}
}
