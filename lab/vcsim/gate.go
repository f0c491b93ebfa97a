package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

type (
	none  = mo.Reference
	fault = types.BaseMethodFault
)

// ours is the user agent of the admin port's own calls: neither counted nor broken.
const ours = "bedplate-lab"

func isOurs(userAgent string) bool { return strings.HasPrefix(userAgent, ours) }

// rule breaks the next calls of one method: by a vSphere fault, an HTTP status, a delay, or by
// closing the connection. A REST call's method is its verb and path, such as
// "GET /rest/com/vmware/cis/tagging/tag". Times 0 means always.
type rule struct {
	Method    string `json:"method"`
	Fault     string `json:"fault"`
	Privilege string `json:"privilege"`
	Status    int    `json:"status"`
	DelayMS   int    `json:"delayMs"`
	Drop      bool   `json:"drop"`
	Times     int    `json:"times"`
}

func (r rule) check() error {
	if r.Method == "" {
		return fmt.Errorf("which method?")
	}
	if r.Fault != "" && newFault(r.Fault) == nil {
		return fmt.Errorf("no vSphere fault is called %q", r.Fault)
	}
	return nil
}

// gate sees every request first: it counts, and breaks what it was told to.
type gate struct {
	mu      sync.Mutex
	calls   map[string]int
	rules   []*rule
	issued  map[string]bool // REST sessions, to end them with the others
	revoked map[string]bool
}

func newGate() *gate {
	return &gate{
		calls:   map[string]int{},
		issued:  map[string]bool{},
		revoked: map[string]bool{},
	}
}

const restSession = "vmware-api-session-id"

func (g *gate) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isOurs(r.UserAgent()) {
			next.ServeHTTP(w, r)
			return
		}
		method, err := methodOf(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		g.count(method)
		if g.breaks(w, method) {
			return
		}
		if g.isRevoked(r) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
		g.note(w.Header())
	})
}

// methodOf names a call: the SOAP method, or a verb and a path whose ids are left out.
func methodOf(r *http.Request) (string, error) {
	if r.Method != http.MethodPost || !strings.HasPrefix(r.URL.Path, "/sdk") {
		return restName(r), nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return soapName(body)
}

func restName(r *http.Request) string {
	path, _, _ := strings.Cut(r.URL.Path, "/id:")
	if strings.HasPrefix(path, "/nfc/") {
		path = "/nfc"
	}
	if action := r.URL.Query().Get("~action"); action != "" {
		path += "?" + action
	}
	return r.Method + " " + path
}

// soapName is the name of the first element inside the envelope's body.
func soapName(body []byte) (string, error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	inside := false
	for {
		token, err := decoder.Token()
		if err != nil {
			return "", err
		}
		start, ok := token.(xml.StartElement)
		switch {
		case !ok:
		case inside:
			return start.Name.Local, nil
		default:
			inside = start.Name.Local == "Body"
		}
	}
}

func (g *gate) count(method string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls[method]++
}

// breaks applies the rules that need no vSphere fault; true when the request has been answered.
func (g *gate) breaks(w http.ResponseWriter, method string) bool {
	rule := g.take(method, func(r *rule) bool { return r.Fault == "" })
	if rule == nil {
		return false
	}
	time.Sleep(time.Duration(rule.DelayMS) * time.Millisecond)
	if rule.Drop {
		panic(http.ErrAbortHandler)
	}
	if rule.Status != 0 {
		w.WriteHeader(rule.Status)
	}
	return rule.Status != 0
}

// fault is what the next call of a method ends with; nil where nothing is to break.
func (g *gate) fault(method *simulator.Method) fault {
	rule := g.take(method.Name, func(r *rule) bool { return r.Fault != "" })
	if rule == nil {
		return nil
	}
	time.Sleep(time.Duration(rule.DelayMS) * time.Millisecond)
	fault := newFault(rule.Fault)
	if denied, ok := fault.(*types.NoPermission); ok {
		denied.Object, denied.PrivilegeId = &method.This, rule.Privilege
	}
	return fault
}

func newFault(name string) fault {
	kind, ok := types.TypeFunc()(name)
	if !ok {
		return nil
	}
	fault, _ := reflect.New(kind).Interface().(types.BaseMethodFault)
	return fault
}

func (g *gate) take(method string, wanted func(*rule) bool) *rule {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.IndexFunc(g.rules, func(r *rule) bool { return r.Method == method && wanted(r) })
	if i < 0 {
		return nil
	}
	rule := g.rules[i]
	if rule.Times == 1 {
		g.rules = slices.Delete(g.rules, i, i+1)
	}
	if rule.Times > 1 {
		rule.Times--
	}
	return rule
}

func (g *gate) add(r rule) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rules = append(g.rules, &r)
}

func (g *gate) clearRules() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rules = nil
}

func (g *gate) clearCalls() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.calls)
}

func (g *gate) counted() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	calls := make(map[string]int, len(g.calls))
	for method, number := range g.calls {
		calls[method] = number
	}
	return calls
}

// note remembers a REST session that has been opened.
func (g *gate) note(header http.Header) {
	response := http.Response{Header: header}
	for _, cookie := range response.Cookies() {
		if cookie.Name == restSession {
			g.mu.Lock()
			g.issued[cookie.Value] = true
			g.mu.Unlock()
		}
	}
}

func (g *gate) isRevoked(r *http.Request) bool {
	session := r.Header.Get(restSession)
	if cookie, err := r.Cookie(restSession); err == nil {
		session = cookie.Value
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.revoked[session]
}

func (g *gate) revokeAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for session := range g.issued {
		g.revoked[session] = true
	}
	clear(g.issued)
}
