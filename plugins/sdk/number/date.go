package number

import "time"

// ISODate is the layout of dates in this package's results.
const ISODate = "2006-01-02"

// ParseDate reads YYYY-MM-DD as a day of the calendar, midnight UTC.
func ParseDate(s string) (time.Time, error) {
	t, err := time.Parse(ISODate, s)
	if err != nil || len(s) != len(ISODate) {
		return time.Time{}, &Fault{Code: Date, Part: "date"}
	}
	return t, nil
}

// Age is the number of whole years from birth to the day of now, both as
// calendar days in now's location. Somebody born on 29 February is a year
// older on 1 March of common years. It is negative for a birth in the future.
func Age(birth, now time.Time) int {
	by, bm, bd := birth.Date()
	ny, nm, nd := now.Date()
	age := ny - by
	if nm < bm || nm == bm && nd < bd {
		age--
	}
	return age
}
