package dev

import (
	"slices"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/factor"
)

// keys are what the sandbox authenticator was given, newest first. They live as
// long as the process: nothing is written, and everybody who reaches the pages
// sees the codes.
type keys struct {
	mutex sync.Mutex
	list  []string
}

const (
	maxKeys = 5
	minKey  = 16 // 80 bits, RFC 4226 section 4 wants 128; ours have 160
)

func (k *keys) add(key string) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.list = slices.DeleteFunc(k.list, func(x string) bool { return x == key })
	k.list = append([]string{key}, k.list[:min(len(k.list), maxKeys-1)]...)
}

func (k *keys) all() []string {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	return slices.Clone(k.list)
}

// shownKey is a key with its codes of now and of the next half minute.
type shownKey struct{ Key, Now, Next string }

// authenticator answers GET /dev/authenticator: codes for who has no phone at hand.
func (d *Door) authenticator(c *fiber.Ctx) error {
	return d.showKeys(c, fiber.StatusOK, false)
}

func (d *Door) showKeys(c *fiber.Ctx, status int, bad bool) error {
	step := d.Clock().Unix() / int64(factor.Period.Seconds())
	var list []shownKey
	for _, key := range d.keys.all() {
		now, err := factor.CodeAt(key, step)
		if err != nil {
			return err
		}
		next, err := factor.CodeAt(key, step+1)
		if err != nil {
			return err
		}
		list = append(list, shownKey{Key: key[:4] + "…", Now: now, Next: next})
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return d.Pages.Page(c, status, "dev/authenticator", map[string]any{"Keys": list, "Bad": bad})
}

// addKey answers POST /dev/authenticator: a key as the page for adding an app shows it.
func (d *Door) addKey(c *fiber.Ctx) error {
	key := strings.ToUpper(strings.Join(strings.Fields(c.FormValue("key")), ""))
	if _, err := factor.CodeAt(key, 1); err != nil || len(key) < minKey || len(key) > 200 {
		return d.showKeys(c, fiber.StatusUnprocessableEntity, true)
	}
	d.keys.add(key)
	return c.Redirect("/dev/authenticator", fiber.StatusSeeOther)
}
