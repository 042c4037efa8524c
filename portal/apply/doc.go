// Package apply is the applicants' door: server-rendered pages over
// pipeline.Service, one question group a page. Every page works without
// scripts; the scripts in assets/scripts only make it quicker.
//
// A form is answered with 303 See Other to the page of where the application
// then stands; what fell short is kept by the pipeline and shown there.
package apply
