package host

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// WriteMetrics writes how the providers are in the text format of Prometheus,
// version 0.0.4. Labels are names and versions of providers, roles and states.
func (h *Host) WriteMetrics(w io.Writer) error {
	out := bufio.NewWriter(w)
	status := h.Status()
	for _, m := range []struct {
		name, kind, help string
		value            func(g Generation) string
	}{
		{"calls_total", "counter", "Calls that were answered or failed.", func(g Generation) string { return strconv.FormatInt(g.Calls, 10) }},
		{"faults_total", "counter", "Calls without an answer, or with one that breaks the contract.", func(g Generation) string { return strconv.FormatInt(g.Faults, 10) }},
		{"restarts_total", "counter", "Processes after the first.", func(g Generation) string { return strconv.Itoa(g.Restarts) }},
		{"resident_bytes", "gauge", "Memory of the process.", func(g Generation) string { return strconv.FormatInt(g.Memory, 10) }},
		{"ready", "gauge", "1 when it answers.", func(g Generation) string { return strconv.Itoa(int(oneIf(g.State == Ready))) }},
	} {
		fmt.Fprintf(out, "# HELP paifang_provider_%s %s\n# TYPE paifang_provider_%s %s\n", m.name, m.help, m.name, m.kind)
		each(status, func(labels string, g Generation) {
			fmt.Fprintf(out, "paifang_provider_%s{%s} %s\n", m.name, labels, m.value(g))
		})
	}
	fmt.Fprint(out, "# HELP paifang_provider_state 1 for the state that it is in.\n# TYPE paifang_provider_state gauge\n")
	each(status, func(labels string, g Generation) {
		fmt.Fprintf(out, "paifang_provider_state{%s,state=%q} 1\n", labels, g.State)
	})
	fmt.Fprint(out, "# HELP paifang_provider_call_seconds How long calls took.\n# TYPE paifang_provider_call_seconds histogram\n")
	each(status, func(labels string, g Generation) { g.Latency.write(out, labels) })
	return out.Flush()
}

func oneIf(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// each visits what runs. A version that ends while another process of it begins
// has the same labels, which Prometheus refuses: only the one that stays is told of.
func each(status []Status, visit func(labels string, g Generation)) {
	for _, s := range status {
		seen := map[string]bool{}
		for _, g := range s.Generations {
			if seen[g.Version] {
				continue
			}
			seen[g.Version] = true
			visit(fmt.Sprintf("provider=%q,version=%q,role=%q", s.Name, g.Version, g.Role), g)
		}
	}
}

func (l Latency) write(w io.Writer, labels string) {
	var all int64
	for i, bound := range Buckets {
		all += l.Counts[i]
		fmt.Fprintf(w, "paifang_provider_call_seconds_bucket{%s,le=\"%g\"} %d\n", labels, bound.Seconds(), all)
	}
	all += l.Counts[len(Buckets)]
	fmt.Fprintf(w, "paifang_provider_call_seconds_bucket{%s,le=\"+Inf\"} %d\n", labels, all)
	fmt.Fprintf(w, "paifang_provider_call_seconds_sum{%s} %g\npaifang_provider_call_seconds_count{%s} %d\n", labels, l.Sum.Seconds(), labels, all)
}
