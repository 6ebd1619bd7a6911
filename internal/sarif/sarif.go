// Package sarif writes findings as SARIF 2.1.0, which code hosts show beside the
// lines they are about.
//
// Start with Write. Of the format it has what GitHub's code scanning asks for: a
// tool with its rules, and results with one place each.
//
// Sources: "Static Analysis Results Interchange Format (SARIF) Version 2.1.0" of
// OASIS, and "SARIF support for code scanning" in GitHub's documentation.
package sarif

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// Tool is the program that has found the results.
type Tool struct {
	Name, Version string
	Rules         []Rule // all that results name, in any order
}

// Rule is a kind of finding.
type Rule struct {
	ID   string
	Text string // a sentence
}

// Result is a finding in a file. Lines and columns count from 1, columns in
// characters (code points), not in bytes.
type Result struct {
	Rule    string // the id of one of the tool's rules
	Level   string // "error", "warning" or "note"
	Message string
	File    string // relative to the folder that is analyzed, or absolute; "" is standard input
	Line    int
	Column  int
}

// Write writes a log of one run. It was complete unless something that should
// have been looked at could not be.
func Write(w io.Writer, tool Tool, results []Result, complete bool) error {
	r := run{ColumnKind: "unicodeCodePoints", Invocations: []invocation{{complete}}, Results: []result{}}
	r.Tool.Driver = driver{Name: tool.Name, Version: tool.Version, Rules: []rule{}}
	for _, t := range tool.Rules {
		r.Tool.Driver.Rules = append(r.Tool.Driver.Rules, rule{t.ID, message{t.Text}})
	}
	for _, found := range results {
		var place location
		place.Physical.Artifact = fileLocation(found.File)
		place.Physical.Region = region{found.Line, found.Column}
		r.Results = append(r.Results, result{
			RuleID:    found.Rule,
			RuleIndex: slices.IndexFunc(tool.Rules, func(t Rule) bool { return t.ID == found.Rule }),
			Level:     found.Level,
			Message:   message{found.Message},
			Locations: []location{place},
		})
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(document{Schema: schema, Version: "2.1.0", Runs: []run{r}})
}

// fileLocation says which file it is. What came by standard input has no URI.
func fileLocation(path string) artifactLocation {
	if path == "" {
		return artifactLocation{Description: &message{"standard input"}}
	}
	return artifactLocation{URI: uri(path)}
}

// uri is a relative reference for a relative path, and of a file for another.
func uri(path string) string {
	path = filepath.ToSlash(filepath.Clean(path))
	if strings.HasPrefix(path, "/") {
		return (&url.URL{Scheme: "file", Path: path}).String()
	}
	return (&url.URL{Path: path}).String()
}

const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// The objects of the format, by its names for them.
type (
	document struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []run  `json:"runs"`
	}
	run struct {
		Tool struct {
			Driver driver `json:"driver"`
		} `json:"tool"`
		Invocations []invocation `json:"invocations"`
		ColumnKind  string       `json:"columnKind"`
		Results     []result     `json:"results"`
	}
	invocation struct {
		Successful bool `json:"executionSuccessful"`
	}
	driver struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
		Rules   []rule `json:"rules"`
	}
	rule struct {
		ID    string  `json:"id"`
		Short message `json:"shortDescription"`
	}
	result struct {
		RuleID    string     `json:"ruleId"`
		RuleIndex int        `json:"ruleIndex"` // -1: not among the rules
		Level     string     `json:"level"`
		Message   message    `json:"message"`
		Locations []location `json:"locations"`
	}
	message struct {
		Text string `json:"text"`
	}
	location struct {
		Physical struct {
			Artifact artifactLocation `json:"artifactLocation"`
			Region   region           `json:"region"`
		} `json:"physicalLocation"`
	}
	artifactLocation struct {
		URI         string   `json:"uri,omitempty"`
		Description *message `json:"description,omitempty"`
	}
	region struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
	}
)
