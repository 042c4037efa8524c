package web_test

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
)

// TestStringsOutliveTheirRequest: what a handler keeps of one request is not
// written over by the next ones, though fasthttp uses its buffers again. One
// person's identifiers would else turn up in another's job.
func TestStringsOutliveTheirRequest(t *testing.T) {
	app, _ := door(t, io.Discard)
	type kept struct{ param, query, header, cookie, path string }
	var got, want []kept
	app.Get("/keep/:id", func(c *fiber.Ctx) error {
		got = append(got, kept{c.Params("id"), c.Query("q"), c.Get("X-Kept"), c.Cookies("kept"), c.Path()})
		return nil
	})
	for i := range 40 {
		text := strings.Repeat(string(rune('a'+i%26)), 30)
		want = append(want, kept{text, text, text, text, "/keep/" + text})
		req := httptest.NewRequest("GET", "/keep/"+text+"?q="+text, nil)
		req.Header.Set("X-Kept", text)
		req.Header.Set("Cookie", "kept="+text)
		send(t, app, req)
	}
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] {
			t.Fatalf("request %d is kept as %+v, want %+v", i, got[i], want[i])
		}
	}
}
