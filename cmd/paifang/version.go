package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct{}

func (*versionCommand) Run(t terminal) error {
	fmt.Fprintln(t.out, "paifang", version(debug.ReadBuildInfo()))
	return nil
}

// version is what the build knows: the module's version, or the commit.
func version(info *debug.BuildInfo, ok bool) string {
	if !ok {
		return "of an unknown build"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "of a development build"
	}
	if revision := stamp(info, "vcs.revision"); revision != "" {
		v += fmt.Sprintf(", commit %s of %s", revision, stamp(info, "vcs.time"))
	}
	if stamp(info, "vcs.modified") == "true" {
		v += " with changes"
	}
	return fmt.Sprintf("%s, %s, %s/%s", v, info.GoVersion, runtime.GOOS, runtime.GOARCH)
}

func stamp(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
