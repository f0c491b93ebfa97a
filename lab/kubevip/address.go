package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const announceEvery = 3 * time.Second // as kube-vip does

// holder puts the address on an interface and takes it off; both may be done twice.
type holder struct {
	mutex   sync.Mutex
	closed  bool
	link    netlink.Link
	address *netlink.Addr
}

func newHolder() (*holder, error) {
	host := cmp.Or(os.Getenv("address"), os.Getenv("vip_address"))
	address, err := netlink.ParseAddr(host + "/" + cmp.Or(os.Getenv("vip_cidr"), "32"))
	if err != nil || address.IP.To4() == nil {
		return nil, fmt.Errorf("address: %q is no IPv4 address", host)
	}
	link, err := find(os.Getenv("vip_interface"))
	return &holder{link: link, address: address}, err
}

// find returns the interface of that name, or the one of the default route.
func find(name string) (netlink.Link, error) {
	if name != "" {
		return netlink.LinkByName(name)
	}
	routes, err := netlink.RouteList(nil, netlink.FAMILY_V4)
	for _, route := range routes {
		if route.Dst == nil || route.Dst.IP.IsUnspecified() {
			return netlink.LinkByIndex(route.LinkIndex)
		}
	}
	return nil, cmp.Or(err, errors.New("vip_interface is empty and there is no default route"))
}

// hold keeps the address here and says so again and again, as kube-vip does: a neighbour may have
// missed it, or have heard a node that died as leader.
func (h *holder) hold(leading context.Context) {
	for leading.Err() == nil {
		said(h.take(leading))
		select {
		case <-leading.Done():
		case <-time.After(announceEvery):
		}
	}
}

func (h *holder) take(leading context.Context) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.closed || leading.Err() != nil {
		return nil // lost while it waited for its turn
	}
	if err := netlink.AddrReplace(h.link, h.address); err != nil {
		return fmt.Errorf("adding %s: %w", h.address, err)
	}
	return announce(h.link.Attrs(), h.address.IP.To4())
}

func (h *holder) release() error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if err := netlink.AddrDel(h.link, h.address); err != nil && !errors.Is(err, syscall.EADDRNOTAVAIL) {
		return fmt.Errorf("taking %s off: %w", h.address, err)
	}
	return nil
}

// close takes the address off for good.
func (h *holder) close() error {
	h.mutex.Lock()
	h.closed = true
	h.mutex.Unlock()
	return h.release()
}

// announce broadcasts an ARP request for one's own address (RFC 5227) in an Ethernet frame.
func announce(link *netlink.LinkAttrs, ip net.IP) error {
	const arp, ethernet, ipv4, request = 0x0806, 1, 0x0800, 1
	everyone := bytes.Repeat([]byte{0xff}, 6)
	frame := append(bytes.Clone(everyone), link.HardwareAddr...)
	for _, field := range []uint16{arp, ethernet, ipv4, 6<<8 | 4, request} {
		frame = binary.BigEndian.AppendUint16(frame, field)
	}
	frame = append(append(frame, link.HardwareAddr...), ip...)
	frame = append(append(frame, make([]byte, 6)...), ip...)
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		return fmt.Errorf("announcing %s: %w", ip, err)
	}
	defer unix.Close(socket)
	return unix.Sendto(socket, frame, 0, &unix.SockaddrLinklayer{Ifindex: link.Index, Halen: 6})
}
