package dev

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
)

// Message is an SMS or an e-mail as the sandbox mailbox keeps it, a JSON file each.
type Message struct {
	ID      string    `json:"id"`
	Tenant  string    `json:"tenant"`
	Channel string    `json:"channel"` // phone, email
	To      string    `json:"to"`
	Sender  string    `json:"sender"`
	Subject string    `json:"subject,omitempty"`
	Text    string    `json:"text"`
	HTML    string    `json:"html,omitempty"`
	Locale  string    `json:"locale"`
	Time    time.Time `json:"time"`
}

var (
	codePattern = regexp.MustCompile(`\b\d{6}\b`)
	linkPattern = regexp.MustCompile(`https?://\S+/l/[A-Za-z0-9_-]{43}`)
)

// Code is the six digits in the message, Link the link; "" without.
func (m Message) Code() string { return codePattern.FindString(m.Text) }

// Link is the path of the link, so that it works whatever name this server has.
func (m Message) Link() string {
	link := linkPattern.FindString(m.Text)
	if i := strings.Index(link, "/t/"); i >= 0 {
		return link[i:]
	}
	return ""
}

// At is when it was sent.
func (m Message) At() kyc.Millis { return kyc.At(m.Time) }

// messages answers GET /dev/messages?to=: newest first, as a page or as JSON.
func (d *Door) messages(c *fiber.Ctx) error {
	list, err := readMailbox(d.Mailbox, c.Query("to"))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	if wantsJSON(c) {
		return c.JSON(list)
	}
	return d.Pages.Page(c, fiber.StatusOK, "dev/messages", map[string]any{"Messages": list, "To": c.Query("to")})
}

// readMailbox reads the newest 200 messages to somebody, "" for anybody.
func readMailbox(folder, to string) ([]Message, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	list := []Message{}
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") || filepath.Ext(e.Name()) != ".json" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // pruned in between
		}
		if err != nil {
			return nil, err
		}
		var m Message
		if err := json.Unmarshal(raw, &m); err != nil {
			return nil, err
		}
		if to == "" || strings.EqualFold(m.To, to) {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b Message) int {
		if n := b.Time.Compare(a.Time); n != 0 {
			return n
		}
		return strings.Compare(b.ID, a.ID)
	})
	return list[:min(len(list), 200)], nil
}
