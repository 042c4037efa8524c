// Package web is the ground that both doors for people stand on: templates in
// the visitor's language, hashed and compressed assets, security headers,
// forgery protection, the access log, and error pages that say what to do.
//
// A door (portal/apply, portal/admin, portal/dev) hands over an Area, its own
// pages and assets; the layout, the tokens and the form parts are shared. Pages
// work without scripts, and no page has an inline script or style.
package web
