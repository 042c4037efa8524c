package kyc

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// Millis is a time in milliseconds since 1970-01-01 UTC; 0 is "never".
type Millis int64

// At converts a time.
func At(t time.Time) Millis {
	if t.IsZero() {
		return 0
	}
	return Millis(t.UnixMilli())
}

// Time converts back, in UTC.
func (m Millis) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

// Lists that are kept as JSON text in one column.
type (
	StepList    []StepID
	LocaleList  []Locale
	ProblemList []Problem
	ReasonList  []Reason
)

func value(v any, empty bool) (driver.Value, error) {
	if empty {
		return "[]", nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

func scan(src, dst any) error {
	switch s := src.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(s), dst)
	case []byte:
		return json.Unmarshal(s, dst)
	}
	return fmt.Errorf("cannot read a list from %T", src)
}

func (l StepList) Value() (driver.Value, error)    { return value(l, len(l) == 0) }
func (l LocaleList) Value() (driver.Value, error)  { return value(l, len(l) == 0) }
func (l ProblemList) Value() (driver.Value, error) { return value(l, len(l) == 0) }
func (l ReasonList) Value() (driver.Value, error)  { return value(l, len(l) == 0) }
func (l *StepList) Scan(src any) error             { return scan(src, l) }
func (l *LocaleList) Scan(src any) error           { return scan(src, l) }
func (l *ProblemList) Scan(src any) error          { return scan(src, l) }
func (l TextList) Value() (driver.Value, error)    { return value(l, len(l) == 0) }
func (l *TextList) Scan(src any) error             { return scan(src, l) }
func (l *ReasonList) Scan(src any) error           { return scan(src, l) }
func (l RiskList) Value() (driver.Value, error)    { return value(l, len(l) == 0) }
func (l *RiskList) Scan(src any) error             { return scan(src, l) }
