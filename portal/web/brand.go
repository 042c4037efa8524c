package web

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gofiber/fiber/v2"
)

// contrast that text must have against what is behind it (WCAG 2.2 AA).
const contrast = 4.5

// colour is red, green and blue, 0 to 255.
type colour [3]float64

var (
	paperLight = colour{255, 255, 255}
	paperDark  = colour{16, 20, 23}
)

func parseColour(s string) (colour, bool) {
	if len(s) != 7 || s[0] != '#' {
		return colour{}, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	return colour{float64(n >> 16 & 255), float64(n >> 8 & 255), float64(n & 255)}, err == nil
}

func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", uint8(math.Round(c[0])), uint8(math.Round(c[1])), uint8(math.Round(c[2])))
}

// luminance is WCAG's relative luminance.
func (c colour) luminance() float64 {
	linear := func(v float64) float64 {
		v /= 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// contrast is WCAG's ratio of two colours, 1 to 21.
func (c colour) contrast(d colour) float64 {
	a, b := c.luminance(), d.luminance()
	if a < b {
		a, b = b, a
	}
	return (a + 0.05) / (b + 0.05)
}

// toward mixes: 0 is c, 1 is d.
func (c colour) toward(d colour, share float64) colour {
	for i := range c {
		c[i] += (d[i] - c[i]) * share
	}
	return c
}

// Accent is a tenant's colour as it can be used: corrected where it would be
// hard to read, with the colour of the text upon it.
type Accent struct {
	Light, OnLight string
	Dark, OnDark   string
	Corrected      bool // in the light scheme, which is what the tenant chose for
}

// CorrectAccent makes a colour readable as text on both papers, by mixing as
// little black or white into it as is needed. The colour is "#rrggbb"; ok is
// false for anything else.
func CorrectAccent(s string) (Accent, bool) {
	c, ok := parseColour(s)
	if !ok {
		return Accent{}, false
	}
	light := readable(c, paperLight, colour{0, 0, 0})
	dark := readable(c, paperDark, colour{255, 255, 255})
	return Accent{Light: light.String(), OnLight: upon(light).String(), Dark: dark.String(),
		OnDark: upon(dark).String(), Corrected: light != c}, true
}

func readable(c, paper, toward colour) colour {
	for share := 0.0; share <= 1; share += 0.02 {
		// Judge what is written: rounded to whole steps.
		m, _ := parseColour(c.toward(toward, share).String())
		if m.contrast(paper) >= contrast {
			return m
		}
	}
	return toward
}

// upon is white or near-black, whichever reads better.
func upon(c colour) colour {
	if c.contrast(paperLight) >= contrast {
		return paperLight
	}
	return colour{10, 13, 15}
}

// brand answers GET /t/:tenant/brand.css.
func (r *Renderer) brand(c *fiber.Ctx) error {
	a, ok := CorrectAccent(VisitOf(c).Tenant.Accent)
	sheet := "/* the default accent */\n"
	if ok {
		sheet = fmt.Sprintf(":root{--accent:%s;--on-accent:%s}\n@media (prefers-color-scheme:dark){:root{--accent:%s;--on-accent:%s}}\n",
			a.Light, a.OnLight, a.Dark, a.OnDark)
		if a.Corrected {
			sheet = "/* " + VisitOf(c).Tenant.Accent + " was corrected: its contrast is below 4.5:1 */\n" + sheet
		}
	}
	c.Set(fiber.HeaderContentType, "text/css; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	return c.SendString(sheet)
}

// Contrast is WCAG's ratio of two colours "#rrggbb", 1 to 21; 0 when one of
// them is not such a colour.
func Contrast(a, b string) float64 {
	x, okX := parseColour(a)
	y, okY := parseColour(b)
	if !okX || !okY {
		return 0
	}
	return x.contrast(y)
}
