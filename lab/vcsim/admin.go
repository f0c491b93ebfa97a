package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// admin is what a test asks for on the second port: plain JSON, one request at a time.
//
//	GET    /calls               how often each method was called
//	DELETE /calls               count from nothing
//	POST   /faults              break the next calls of a method (rule)
//	DELETE /faults              break nothing
//	POST   /denials             take privileges from the user (denial)
//	DELETE /denials             grant everything
//	POST   /privileges/forget   be a version that does not know them
//	GET    /sessions            the open sessions
//	DELETE /sessions            end all of them, as a restart does
//	POST   /clock               {"seconds": 600} puts the clock forward
//	POST   /reset               a new vCenter at the same address, of the size given or the old one
//	POST   /datastore /pool /reach /machine /addresses /rename   see their types
func (l *lab) admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /calls", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, l.gate.counted())
	})
	mux.HandleFunc("GET /sessions", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, l.sessions())
	})
	mux.HandleFunc("DELETE /calls", l.plain(func() error { l.gate.clearCalls(); return nil }))
	mux.HandleFunc("DELETE /faults", l.plain(func() error { l.gate.clearRules(); return nil }))
	mux.HandleFunc("DELETE /denials", l.plain(func() error { l.rights.grantAll(); return nil }))
	mux.HandleFunc("DELETE /sessions", l.plain(l.endSessions))

	mux.HandleFunc("POST /faults", told(l, func(r rule) error {
		if err := r.check(); err != nil {
			return err
		}
		l.gate.add(r)
		return nil
	}))
	mux.HandleFunc("POST /denials", told(l, func(d denial) error { l.rights.deny(d); return nil }))
	mux.HandleFunc("POST /privileges/forget", told(l, func(names []string) error {
		l.rights.forget(names)
		return nil
	}))
	mux.HandleFunc("POST /clock", told(l, func(by struct{ Seconds float64 }) error {
		l.clock.advance(time.Duration(by.Seconds * float64(time.Second)))
		return nil
	}))
	mux.HandleFunc("POST /reset", l.reset)
	mux.HandleFunc("POST /datastore", told(l, l.setDatastore))
	mux.HandleFunc("POST /pool", told(l, l.setPool))
	mux.HandleFunc("POST /reach", told(l, l.setReach))
	mux.HandleFunc("POST /machine", told(l, l.setMachine))
	mux.HandleFunc("POST /addresses", told(l, l.setAddresses))
	mux.HandleFunc("POST /rename", told(l, l.rename))
	return mux
}

// reset takes the old size for whatever the request does not say.
func (l *lab) reset(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	size := l.options
	if err := decode(r, &size); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer(w, l.reopen(size))
}

func (l *lab) plain(do func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		answer(w, do())
	}
}

func told[T any](l *lab, do func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		var what T
		if err := decode(r, &what); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer(w, do(what))
	}
}

func decode(r *http.Request, what any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	return decoder.Decode(what)
}

var errNotThere = errors.New("nothing is there")

func answer(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, errNotThere):
		http.Error(w, err.Error(), http.StatusNotFound)
	default:
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	}
}

func reply(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(what); err != nil {
		panic(http.ErrAbortHandler)
	}
}
