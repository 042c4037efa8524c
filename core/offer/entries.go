package offer

import (
	"maps"
	"slices"
)

// EntryChange is what is different about one entry of a list of objects.
type EntryChange struct {
	Number   int    // as people count, from 1; of an entry that is gone, where it was
	Name     string // of the member that differs; "" for an entry that is new or gone
	From, To any    // the member's value, or the entry, a map; nil where nothing was or is
}

// Entries says of a change of a list of objects which of its entries differ, and in
// what; ok is false for a change of anything else. What is the same at the beginning
// and at the end of both lists is not looked at, so that an entry that is taken out or
// put in does not make those after it differ. s, which may be nil, gives the order.
func (s *Setting) Entries(c Change) (list []EntryChange, ok bool) {
	was, had := objects(c.From)
	is, has := objects(c.To)
	if !had || !has || len(was)+len(is) == 0 {
		return nil, false
	}
	begin, end := 0, 0
	for begin < min(len(was), len(is)) && text(was[begin]) == text(is[begin]) {
		begin++
	}
	for end < min(len(was), len(is))-begin && text(was[len(was)-1-end]) == text(is[len(is)-1-end]) {
		end++
	}
	for i := begin; i < max(len(was), len(is))-end; i++ {
		switch {
		case i >= len(was)-end:
			list = append(list, EntryChange{Number: i + 1, To: is[i]})
		case i >= len(is)-end:
			list = append(list, EntryChange{Number: i + 1, From: was[i]})
		default:
			list = append(list, s.within(i+1, was[i], is[i])...)
		}
	}
	return list, true
}

func (s *Setting) within(number int, was, is map[string]any) (list []EntryChange) {
	for _, name := range s.Members(was, is) {
		x, had := was[name]
		y, has := is[name]
		if had != has || text(x) != text(y) {
			list = append(list, EntryChange{number, name, x, y})
		}
	}
	return list
}

// Members are the names of what is in objects: those of the schema in its order, the
// others after them.
func (s *Setting) Members(of ...map[string]any) []string {
	all := map[string]any{}
	for _, o := range of {
		maps.Copy(all, o)
	}
	var list []string
	if s != nil {
		for i := range s.Settings {
			if _, ok := all[s.Settings[i].Name]; ok {
				list = append(list, s.Settings[i].Name)
				delete(all, s.Settings[i].Name)
			}
		}
	}
	return append(list, slices.Sorted(maps.Keys(all))...)
}

// Member is a member of the entries of a list; nil when the schema has none of the name.
func (s *Setting) Member(name string) *Setting {
	if s != nil {
		for i := range s.Settings {
			if s.Settings[i].Name == name {
				return &s.Settings[i]
			}
		}
	}
	return nil
}

// objects reads a list of objects; nothing is an empty one.
func objects(raw string) ([]map[string]any, bool) {
	if raw == "" {
		return nil, true
	}
	found, ok := Value(raw).([]any)
	if !ok {
		return nil, false
	}
	var list []map[string]any
	for _, one := range found {
		o, ok := one.(map[string]any)
		if !ok {
			return nil, false
		}
		list = append(list, o)
	}
	return list, true
}
