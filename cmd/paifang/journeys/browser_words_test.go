package journeys

import (
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"
)

// of is a text of a market's own catalogue in the language of the visit: the walks
// read what a person reads, in whichever language they are made.
func (v *visitor) of(provider, key string) string {
	v.t.Helper()
	var found any
	_, err := toml.DecodeFile(filepath.Join("..", "..", "..", "plugins", provider, "messages", v.locale+".toml"), &found)
	must(v.t, err)
	for _, part := range strings.Split(provider+"."+key, ".") {
		family, ok := found.(map[string]any)
		if !ok {
			v.t.Fatalf("%s has no text %s in %s", provider, key, v.locale)
		}
		found = family[part]
	}
	text, ok := found.(string)
	if !ok {
		v.t.Fatalf("%s has no text %s in %s", provider, key, v.locale)
	}
	return text
}
