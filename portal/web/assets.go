package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"sort"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// assets are all files that browsers fetch, by their public name. They are read
// once, named for their content and kept compressed.
type assets struct {
	names map[string]string // "apply.css" -> "apply.3f9c….css"
	files map[string]assetFile
}

type assetFile struct {
	mediaType string
	plain     []byte
	gzipped   []byte // nil when compression does not pay
}

func newAssets() *assets {
	return &assets{names: map[string]string{}, files: map[string]assetFile{}}
}

// add takes every file of a folder, not of its sub-folders.
func (a *assets) add(fsys fs.FS) error {
	return fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(p, "/") {
			return err
		}
		body, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		return a.put(p, body)
	})
}

// put adds one file under its public name.
func (a *assets) put(name string, body []byte) error {
	mediaType := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) { // the machine's own table may differ
	case ".css":
		mediaType = "text/css; charset=utf-8"
	case ".js":
		mediaType = "text/javascript; charset=utf-8"
	case ".svg":
		mediaType = "image/svg+xml"
	}
	if mediaType == "" {
		return fmt.Errorf("asset %s has no known media type", name)
	}
	zipped, err := compress(body, gzip.BestCompression)
	if err != nil {
		return err
	}
	if len(zipped) >= len(body) {
		zipped = nil
	}
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	public := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a.names[name] = public
	a.files[public] = assetFile{mediaType: mediaType, plain: body, gzipped: zipped}
	return nil
}

// join concatenates files to one, in the order given.
func join(fsys fs.FS, names []string) ([]byte, error) {
	var out bytes.Buffer
	for _, name := range names {
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		out.Write(body)
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

// bundle joins the scripts of several trees, each in alphabetical order.
func bundle(trees ...fs.FS) ([]byte, error) {
	var out []byte
	for _, tree := range trees {
		names, err := fs.Glob(tree, "scripts/*.js")
		if err != nil {
			return nil, err
		}
		sort.Strings(names)
		script, err := join(tree, names)
		if err != nil {
			return nil, err
		}
		out = append(out, script...)
	}
	return out, nil
}

// url is the path of an asset; an unknown one is a mistake in a template.
func (a *assets) url(name string) (string, error) {
	public, ok := a.names[name]
	if !ok {
		return "", fmt.Errorf("no asset %q", name)
	}
	return "/assets/" + public, nil
}

// serve answers GET /assets/:file. Names change with the content, so that
// browsers never ask twice.
func (a *assets) serve(c *fiber.Ctx) error {
	f, ok := a.files[c.Params("file")]
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, f.mediaType)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if f.gzipped != nil && acceptsGzip(c) {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(f.gzipped)
	}
	return c.Send(f.plain)
}

func acceptsGzip(c *fiber.Ctx) bool {
	return strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip")
}

func compress(body []byte, level int) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
