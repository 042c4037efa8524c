package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settings are what is measured.
type settings struct {
	programs  string // folder of paifang and providers/
	databases []string
	clients   []int
	journeys  int // in a run; half of it with one client
	seconds   int // of session checks
	hashes    []bool
	profile   string // folder for CPU profiles; "" for none
	what      []string
}

func main() {
	var s settings
	var databases, clients, hash, what, out string
	flag.StringVar(&s.programs, "programs", "bin", "folder with paifang and providers/")
	flag.StringVar(&databases, "databases", "sqlite,postgres", "")
	flag.StringVar(&clients, "clients", "1,8,32", "how many at once, one run each")
	flag.StringVar(&hash, "hash", "yes,no", "password hash of production, or next to none")
	flag.StringVar(&what, "what", "m1,phone,provider", "registrations of journey M1, of a phone number alone; the price of a provider's call")
	flag.IntVar(&s.journeys, "journeys", 600, "registrations in a run; half of it with one client")
	flag.IntVar(&s.seconds, "seconds", 5, "of session checks in a run")
	flag.StringVar(&s.profile, "profile", "", "folder for a CPU profile of the gateway in each run")
	flag.StringVar(&out, "json", "", "file for the figures")
	flag.Parse()
	s.databases, s.what = strings.Split(databases, ","), strings.Split(what, ",")
	for _, n := range strings.Split(clients, ",") {
		number, err := strconv.Atoi(n)
		if err != nil || number < 1 || number > 256 {
			fail(fmt.Errorf("-clients %q is not a list of numbers from 1 to 256", clients))
		}
		s.clients = append(s.clients, number)
	}
	for _, h := range strings.Split(hash, ",") {
		s.hashes = append(s.hashes, h == "yes")
	}
	measured, err := s.measure()
	if err == nil && out != "" {
		err = write(out, measured)
	}
	fail(err)
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func write(path string, figures any) error {
	raw, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Clean(path), append(raw, '\n'), 0o644)
}

// everything is what the file of figures holds.
type everything struct {
	Registrations []*figures `json:"registrations"`
	Provider      *calls     `json:"provider,omitempty"`
}

// measure makes all runs, one after the other.
func (s settings) measure() (all everything, err error) {
	series := []func(database string) (*figures, error){}
	if slices.Contains(s.what, "m1") {
		for _, hash := range s.hashes {
			series = append(series, func(database string) (*figures, error) { return s.series(database, hash) })
		}
	}
	if slices.Contains(s.what, "phone") {
		series = append(series, s.phones)
	}
	for _, database := range s.databases {
		for _, measure := range series {
			one, err := measure(database)
			if err != nil {
				return all, fmt.Errorf("%s: %w", database, err)
			}
			all.Registrations = append(all.Registrations, one)
			one.print(os.Stdout)
		}
	}
	if slices.Contains(s.what, "provider") {
		if all.Provider, err = s.provider(); err != nil {
			return all, fmt.Errorf("provider: %w", err)
		}
		all.Provider.print(os.Stdout, all.Registrations)
	}
	return all, nil
}

// series measures one server with more and more clients.
func (s settings) series(database string, hash bool) (*figures, error) {
	began := time.Now()
	f := &figures{Database: database, Hash: hash, Journey: "M1"}
	srv, err := start(s.programs, database, hash, nil)
	if err != nil {
		return nil, err
	}
	defer srv.end()
	if err := f.rest(srv); err != nil {
		return nil, err
	}
	crowd, err := newCrowd(srv)
	if err != nil {
		return nil, err
	}
	defer crowd.close()
	if f.Steps, err = crowd.steps(20); err != nil {
		return nil, err
	}
	for _, clients := range s.clients {
		n := s.journeys
		if clients == 1 {
			n /= 2
		}
		profile := func() func() { return s.profiling(srv, fmt.Sprintf("%s-hash=%t-%d", database, hash, clients)) }
		r, err := crowd.run(clients, n, time.Duration(s.seconds)*time.Second, profile)
		if err != nil {
			return nil, err
		}
		f.Runs = append(f.Runs, r)
	}
	f.Log = srv.complaints()
	f.Took = time.Since(began).Round(time.Millisecond).String()
	return f, nil
}
