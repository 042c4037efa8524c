package main

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/policies"
)

// does sends every form and every change as whoever may, and wants no fault; what
// they do has tests of its own. Ends of sessions come last.
func (w *walker) does() {
	w.t.Helper()
	lines, done := slices.Clone(w.routes), map[int]int{}
	slices.SortStableFunc(lines, func(a, b policies.Line) int { return ending(a) - ending(b) })
	for _, line := range lines {
		if line.Method == fiber.MethodGet {
			continue
		}
		c := w.request(line, w.bearer(line), nil)
		r := w.ask(c)
		done[r.status]++
		if r.status >= fiber.StatusInternalServerError {
			w.t.Errorf("%s as who may: %d %.200s", c, r.status, r.body)
		}
	}
	w.t.Logf("answers to who may, by code: %v", done)
	if done[fiber.StatusOK] < 10 || done[fiber.StatusSeeOther] < 10 {
		w.t.Errorf("few of them were done: %v", done)
	}
}

// ending is 1 for what may end the session of who asks.
func ending(line policies.Line) int {
	if strings.Contains(line.Path, "sign-out") || strings.Contains(line.Path, "session") || strings.Contains(line.Path, "password") || line.Method == fiber.MethodDelete {
		return 1
	}
	return 0
}
