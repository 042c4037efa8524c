package web

import (
	"encoding/base64"
	"html/template"
)

// Download is the address of a file that a page carries within itself: it is
// saved without asking the server once more, and without a script.
type Download = template.URL

// TextDownload is a plain text, for a link with the attribute "download".
func TextDownload(text string) Download {
	//nolint:gosec // G203: base64 of a text of our own, under a fixed media type that no browser runs
	return template.URL("data:text/plain;charset=utf-8;base64," + base64.StdEncoding.EncodeToString([]byte(text)))
}
