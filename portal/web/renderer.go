package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
	"github.com/paifang/paifang/locales"
)

//go:embed assets pages
var embedded embed.FS

// Tenants finds a tenant; NotFound when there is none.
type Tenants interface {
	Tenant(ctx context.Context, tenant kyc.TenantID) (kyc.Tenant, error)
}

// Area is what one door adds: its pages and assets.
//
// Pages holds *.html files at its root. A file that begins with "_" is a part
// that all pages of the area may use, "layout.html" replaces the applicants'
// layout (embed with "all:", else Go leaves "_" files out), every other file is a page that defines "title" and "main". Assets
// holds files at its root, and ES modules in "scripts/" that become one
// "<name>.js", after those that all areas have. Styles names the style sheets that become "<name>.css", after
// tokens.css and base.css.
type Area struct {
	Name   string
	Pages  fs.FS
	Assets fs.FS
	Styles []string
}

// Options is what a Renderer needs. All fields are required but Secure,
// Hosts, Development, Log and Traces.
type Options struct {
	Printer     func(kyc.Locale) *locales.Printer // asked at every page, for catalogues can change
	Locales     []kyc.Locale                      // shipped languages, the first is the last resort
	Tenants     Tenants
	Secret      []byte    // 32 bytes that sign forgery tokens
	Random      io.Reader // for forgery tokens and request ids
	Clock       kyc.Clock
	Secure      bool     // served over TLS: Secure cookies and HSTS
	Hosts       []string // names that are answered, without port; none: all
	Development bool
	Log         *slog.Logger
	Traces      *trace.Source // nil: none
}

// Renderer renders pages. Make it with New; it is safe for concurrent use.
type Renderer struct {
	Options
	assets *assets
	pages  map[kyc.Locale]map[string]page // by "area/page"
}

// page is the template set of a page, made when somebody first asks for it: a
// set has its own copy of all that the pages share, and few pages are looked at
// in every language.
type page func() (*template.Template, error)

// New parses all templates and assets once, for every language.
func New(o Options, areas ...Area) (*Renderer, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	r := &Renderer{Options: o, assets: newAssets(), pages: map[kyc.Locale]map[string]page{}}
	own, err := fs.Sub(embedded, "assets")
	if err != nil {
		return nil, err
	}
	if err := r.assets.add(own); err != nil {
		return nil, err
	}
	for _, area := range areas {
		if err := r.addAssets(own, area); err != nil {
			return nil, fmt.Errorf("assets of %s: %w", area.Name, err)
		}
	}
	for _, locale := range o.Locales {
		r.pages[locale] = map[string]page{}
		for _, area := range areas {
			if err := r.parse(locale, area); err != nil {
				return nil, fmt.Errorf("pages of %s: %w", area.Name, err)
			}
		}
	}
	return r, nil
}

// addAssets puts the bundles last: a style sheet may have the bundle's name.
func (r *Renderer) addAssets(own fs.FS, area Area) error {
	if err := r.assets.add(area.Assets); err != nil {
		return err
	}
	sheet, err := join(own, []string{"tokens.css", "base.css"})
	if err != nil {
		return err
	}
	more, err := join(area.Assets, area.Styles)
	if err != nil {
		return err
	}
	if err := r.assets.put(area.Name+".css", append(sheet, more...)); err != nil {
		return err
	}
	script, err := bundle(own, area.Assets)
	if err != nil {
		return err
	}
	return r.assets.put(area.Name+".js", script)
}

// parse makes the template set of every page of an area in one language.
func (r *Renderer) parse(locale kyc.Locale, area Area) error {
	shared, err := template.New(area.Name).Funcs(r.functions(locale)).ParseFS(embedded, "pages/*.html")
	if err != nil {
		return err
	}
	names, err := fs.Glob(area.Pages, "*.html")
	if err != nil {
		return err
	}
	var pages []string
	for _, name := range names {
		if name != "layout.html" && !strings.HasPrefix(name, "_") {
			pages = append(pages, name)
		} else if shared, err = shared.ParseFS(area.Pages, name); err != nil {
			return err
		}
	}
	for _, name := range pages {
		r.pages[locale][area.Name+"/"+strings.TrimSuffix(name, path.Ext(name))] = extend(shared, area.Pages, name)
	}
	r.pages[locale][area.Name+"/failed"] = extend(shared, embedded, "pages/failed/*.html")
	return nil
}

// extend makes a page of what all pages share, which is only read and never
// executed itself.
func extend(shared *template.Template, files fs.FS, pattern string) page {
	return sync.OnceValues(func() (*template.Template, error) {
		own, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		return own.ParseFS(files, pattern)
	})
}

// Page answers with a page named "area/page" in the visitor's language. Data
// may have a method Wrong() bool: true puts "Error:" before the title.
func (r *Renderer) Page(c *fiber.Ctx, status int, name string, data any) error {
	v := VisitOf(c)
	made, ok := r.pages[v.Locale][name]
	if !ok {
		return kyc.E(kyc.Internal, "no page %q in %q", name, v.Locale)
	}
	set, err := made()
	if err != nil {
		return kyc.Wrap(kyc.Internal, err, "page "+name)
	}
	frame := &Frame{Visit: v, Data: data, area: strings.Split(name, "/")[0], c: c, r: r}
	var out bytes.Buffer
	if err := set.ExecuteTemplate(&out, "layout", frame); err != nil {
		return kyc.Wrap(kyc.Internal, err, "page "+name)
	}
	c.Status(status)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentLanguage, string(v.Locale))
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if out.Len() < 1024 || !acceptsGzip(c) {
		return c.Send(out.Bytes())
	}
	zipped, err := compress(out.Bytes(), gzip.DefaultCompression)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentEncoding, "gzip")
	return c.Send(zipped)
}
