// Command engine runs the market that is packed behind it.
package main

import (
	"fmt"
	"os"

	"github.com/paifang/paifang/plugins/declarative"
	"github.com/paifang/paifang/plugins/sdk"
)

func main() {
	m, err := declarative.Unpack("/proc/self/exe")
	if err != nil {
		fmt.Fprintln(os.Stderr, "market: "+err.Error())
		os.Exit(1)
	}
	sdk.Serve(m)
}
