// Command vcsim is a vCenter for Bedplate's tests: govmomi's simulator with a certificate and a user
// of its own, and with a second port on which a test denies privileges, breaks calls and counts them.
//
// It prints one line of JSON when both ports answer, and ends on SIGTERM or when its standard input
// is closed, so that it never outlives the test that started it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "github.com/vmware/govmomi/lookup/simulator"
	_ "github.com/vmware/govmomi/pbm/simulator"
	_ "github.com/vmware/govmomi/ssoadmin/simulator"
	_ "github.com/vmware/govmomi/sts/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
)

// ready is the line that says where everything is.
type ready struct {
	Address     string `json:"address"`
	Admin       string `json:"admin"`
	Thumbprint  string `json:"thumbprint"`
	Certificate string `json:"certificate"`
}

func main() {
	var options options
	options.register(flag.CommandLine)
	admin := flag.String("admin", "127.0.0.1:0", "address of the admin port")
	stay := flag.Bool("stay", false, "stay when standard input is closed")
	flag.Parse()

	if err := run(options, *admin, *stay); err != nil {
		fmt.Fprintln(os.Stderr, "vcsim:", err)
		os.Exit(1)
	}
}

func run(options options, admin string, stay bool) error {
	lab, err := newLab(options)
	if err != nil {
		return err
	}
	defer lab.close()

	listener, err := net.Listen("tcp", admin)
	if err != nil {
		return err
	}
	defer listener.Close()
	server := &http.Server{Handler: lab.admin(), ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	line := ready{
		Address:     lab.address(),
		Admin:       "http://" + listener.Addr().String(),
		Thumbprint:  lab.identity.thumbprint,
		Certificate: lab.identity.pem,
	}
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		return err
	}
	select {
	case err := <-failed:
		return err
	case <-asked(stay):
		return nil
	}
}

// asked is closed when somebody wants the simulator to end.
func asked(stay bool) <-chan struct{} {
	over := make(chan struct{})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	parent := make(chan struct{})
	if !stay {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			close(parent)
		}()
	}
	go func() {
		select {
		case <-signals:
		case <-parent:
		}
		close(over)
	}()
	return over
}
