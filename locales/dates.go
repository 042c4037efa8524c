package locales

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Date writes a day with the month's name. at is a kyc.Millis or a time.Time;
// anything else, and the zero of both, is "".
func (p *Printer) Date(at any) string {
	t, ok := p.moment(at)
	if !ok {
		return ""
	}
	return p.day(t)
}

// DateTime writes a day and a time of day, with the zone's name.
func (p *Printer) DateTime(at any) string {
	t, ok := p.moment(at)
	if !ok {
		return ""
	}
	clock := expand(p.format.Time, func(field string) string { return p.clockField(field, t) })
	zone, _ := t.Zone()
	joined := strings.NewReplacer("{1}", p.day(t), "{0}", clock).Replace(p.format.DateTime)
	return joined + " " + p.isolate(zone)
}

// Birth writes a date kept as YYYY-MM-DD. What is not such a date comes back
// as it is.
func (p *Printer) Birth(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return p.day(t)
}

func (p *Printer) moment(at any) (time.Time, bool) {
	var t time.Time
	switch v := at.(type) {
	case kyc.Millis:
		if v == 0 {
			return t, false
		}
		t = v.Time()
	case time.Time:
		if v.IsZero() {
			return t, false
		}
		t = v
	default:
		return t, false
	}
	return t.In(p.zone), true
}

func (p *Printer) day(t time.Time) string {
	return expand(p.format.Date, func(field string) string {
		switch field {
		case "y":
			return strconv.Itoa(t.Year())
		case "M":
			return strconv.Itoa(int(t.Month()))
		case "MM":
			return fmt.Sprintf("%02d", t.Month())
		case "MMMM":
			return p.format.Months[t.Month()-1]
		case "d":
			return strconv.Itoa(t.Day())
		case "dd":
			return fmt.Sprintf("%02d", t.Day())
		}
		return field
	})
}

func (p *Printer) clockField(field string, t time.Time) string {
	switch field {
	case "H":
		return strconv.Itoa(t.Hour())
	case "HH":
		return fmt.Sprintf("%02d", t.Hour())
	case "h":
		return strconv.Itoa((t.Hour()+11)%12 + 1)
	case "mm":
		return fmt.Sprintf("%02d", t.Minute())
	case "B":
		return p.format.Hours[t.Hour()]
	case "a":
		return p.format.DayPeriods[t.Hour()/12]
	}
	return field
}

// expand replaces the runs of one letter in a CLDR pattern (UTS 35 part 4).
// Quoted text, as in "d 'de' MMMM", stays as it is.
func expand(pattern string, field func(string) string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			quoted = !quoted
			i++
		case quoted || !letter(c):
			b.WriteByte(c)
			i++
		default:
			end := i
			for end < len(pattern) && pattern[end] == c {
				end++
			}
			b.WriteString(field(pattern[i:end]))
			i = end
		}
	}
	return b.String()
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
