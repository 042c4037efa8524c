package locales

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// data holds what `make data` made; in a fresh clone only a note.
//
//go:embed all:data
var data embed.FS

// format is how one language writes things, as build.mjs takes it from CLDR.
// Date and number patterns are CLDR's (UTS 35).
type format struct {
	Name        string            `json:"name"` // of the language, in itself
	RightToLeft bool              `json:"rightToLeft"`
	Plurals     []string          `json:"plurals"` // categories in use
	Territories map[string]string `json:"territories"`
	Date        string            `json:"date"`     // d MMMM y
	Time        string            `json:"time"`     // HH:mm
	DateTime    string            `json:"dateTime"` // {1} {0}
	Months      []string          `json:"months"`
	DayPeriods  []string          `json:"dayPeriods"` // morning, afternoon
	Hours       []string          `json:"hours"`      // the word for each of 24, where the time has a B
	Decimal     string            `json:"decimal"`
	Group       string            `json:"group"`
	Minus       string            `json:"minus"`
	MinGrouping int               `json:"minGrouping"` // digits before the first separator
	Money       string            `json:"money"`       // ¤#,##0.00
	Currencies  map[string]string `json:"currencies"`  // symbols
}

// region is what is known of the addresses of a country. Its parts are letters:
// S admin area, C locality, D dependent locality, Z postal code, A lines.
type region struct {
	Format  string `json:"format"`
	Require string `json:"require"`
	Postal  string `json:"postal"` // regular expression
	postal  func() *regexp.Regexp
	Example string            `json:"example"`
	Names   map[string]string `json:"names"` // what a part is called: "prefecture"
}

// regions are ISO 3166-1 alpha-2 codes, and XK.
type regions map[string]region

var errNoData = errors.New("country names and formats have not been built: run `make data`")

func readData(folder fs.FS, wanted []kyc.Locale) (map[kyc.Locale]*format, regions, error) {
	var known regions
	if err := readJSON(folder, "regions", &known); err != nil {
		return nil, nil, err
	}
	formats := map[kyc.Locale]*format{}
	for _, locale := range wanted {
		f := new(format)
		if err := readJSON(folder, string(locale), f); err != nil {
			return nil, nil, err
		}
		if len(f.Months) != 12 || len(f.DayPeriods) != 2 || strings.Contains(f.Time, "B") && len(f.Hours) != 24 {
			return nil, nil, fmt.Errorf("data of %q is incomplete: run `make data`", locale)
		}
		formats[locale] = f
	}
	return formats, known, nil
}

func readJSON(folder fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(folder, "data/"+name+".json")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", name, errNoData)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
