package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/writ-iam/writ/analyzer"
	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/sarif"
	"github.com/writ-iam/writ/policy"
)

// policyValidateCommand finds what is wrong with policies.
type policyValidateCommand struct {
	Paths   []string `arg:"" name:"path" help:"Policies, or folders with *.json files; - is standard input."`
	Kind    string   `help:"What the policies are for: identity, managed, resource, trust, boundary, session, scp, rcp or endpoint. Not given, it is guessed for each." enum:",identity,managed,resource,trust,boundary,session,scp,rcp,endpoint" default:"" placeholder:"KIND"`
	Service string   `help:"The service whose resources the policies belong to: s3, sqs, sns, kms, lambda, ecr, secretsmanager, …" placeholder:"PREFIX"`
	Format  string   `help:"human, json (an object a finding) or sarif (for code hosts)." enum:"human,json,sarif" default:"human"`
}

func (*policyValidateCommand) Help() string {
	return `Says what AWS would refuse about a policy, in its words and with the place, and warns of what means something else than it seems to: actions that do not exist or never match, variables that are text, operators in vain, values that no operator reads (10.0.0.0/33) or reads as something else (2025 is seconds), ARNs and resources that protect less than one may read.

  writ policy validate policy.json
  writ policy validate --kind trust role.json
  writ policy validate --service s3 bucket.json
  writ policy validate --format sarif policies/ > policies.sarif

A document that names principals is taken for a trust policy if it speaks of nothing but sts actions and has no Resource, and else for the policy of a resource; one that names none for an identity-based policy. The output says so. Boundaries, session policies, SCPs, RCPs and endpoint policies look like these: give --kind.

A finding is FILE:LINE:COLUMN: CODE: what is the matter. Columns count bytes, in SARIF characters. Sizes are held against AWS's default quotas.

Exit status: 0 nothing but warnings, 1 AWS would refuse a policy, 3 a file cannot be read, or wrong usage.`
}

// uses are the values of --kind.
var uses = map[string]policy.Use{
	"identity": {Kind: policy.IdentityBased},
	"managed":  {Kind: policy.IdentityBased, Managed: true},
	"resource": {Kind: policy.ResourceBased},
	"trust":    {Kind: policy.Trust},
	"boundary": {Kind: policy.PermissionsBoundary, Managed: true},
	"session":  {Kind: policy.Session},
	"scp":      {Kind: policy.ServiceControl},
	"rcp":      {Kind: policy.ResourceControl},
	"endpoint": {Kind: policy.Endpoint},
}

// useNames names uses in sentences.
var useNames = map[policy.Use]string{
	uses["identity"]: "an identity-based policy",
	uses["managed"]:  "a managed policy",
	uses["resource"]: "a resource-based policy",
	uses["trust"]:    "a role trust policy",
	uses["boundary"]: "a permissions boundary",
	uses["session"]:  "a session policy",
	uses["scp"]:      "a service control policy",
	uses["rcp"]:      "a resource control policy",
	uses["endpoint"]: "a VPC endpoint policy",
}

// kindOf is the value of --kind that stands for u.
func kindOf(u policy.Use) string {
	u.Service = ""
	for kind, use := range uses {
		if use == u {
			return kind
		}
	}
	return ""
}

func (c *policyValidateCommand) Run(p *process) error {
	if c.Service != "" && c.Kind != "" && c.Kind != "resource" {
		return hint(fmt.Errorf("--service is for resource-based policies, not for --kind %s", c.Kind), "leave one of them out")
	}
	if _, ok := catalog.Service(c.Service); c.Service != "" && !ok {
		return hint(fmt.Errorf("no service has the prefix %q", c.Service), "the prefix is what stands before the colon in the service's actions: s3 in s3:GetObject")
	}
	report := reporters[c.Format](p.Stdout)
	refused := false
	read := p.eachPolicy(c.Paths, func(in policyText) {
		v := c.validate(in)
		refused = refused || v.errors > 0
		report.policy(v)
	})
	err := report.end(read)
	switch {
	case err != nil:
		return err
	case !read:
		return exitStatus{code: 3}
	case refused:
		return exitStatus{code: 1}
	}
	return nil
}

// validated is a policy and what was found in it.
type validated struct {
	policyText
	use              policy.Use
	assumed          bool // use was guessed
	findings         []analyzer.Finding
	errors, warnings int
}

func (c *policyValidateCommand) validate(in policyText) *validated {
	v := &validated{policyText: in, use: uses[c.Kind]}
	switch {
	case c.Service != "":
		v.use = policy.Use{Kind: policy.ResourceBased, Service: strings.ToLower(c.Service)}
	case c.Kind == "":
		v.use, v.assumed = analyzer.LikelyUse(in.text), true
	}
	v.findings = analyzer.Validate(v.use, in.text)
	for _, f := range v.findings {
		if f.Severity == analyzer.Error {
			v.errors++
		} else {
			v.warnings++
		}
	}
	return v
}

// reporter prints what was found, policy by policy.
type reporter interface {
	policy(*validated)
	end(complete bool) error // complete unless some policy could not be read
}

var reporters = map[string]func(io.Writer) reporter{
	"human": func(w io.Writer) reporter { return &humanReport{w: w} },
	"json":  func(w io.Writer) reporter { return &jsonReport{w: w} },
	"sarif": func(w io.Writer) reporter { return &sarifReport{w: w} },
}

// humanReport is for people at a terminal.
type humanReport struct {
	w   io.Writer
	err error
}

func (r *humanReport) policy(v *validated) {
	var b strings.Builder
	name := oneLine(v.name)
	for _, f := range v.findings {
		warning := ""
		if f.Severity == analyzer.Warning {
			warning = "warning: "
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s%s\n", name, f.Pos.Line, f.Pos.Column, f.Code, warning, oneLine(f.Detail))
		if f.Answer != "" {
			fmt.Fprintf(&b, "    AWS answers: %s\n", oneLine(f.Answer))
		}
		printPlace(&b, v.text, f.Pos)
	}
	as := useName(v.use)
	if v.assumed {
		as += ", assumed by what it says; --kind tells"
	}
	fmt.Fprintf(&b, "%s: %s, %s (%s)\n", name, count(v.errors, "error"), count(v.warnings, "warning"), as)
	if _, err := io.WriteString(r.w, b.String()); r.err == nil {
		r.err = err
	}
}

func (r *humanReport) end(bool) error { return r.err }

func useName(u policy.Use) string {
	service := u.Service
	u.Service = ""
	if service != "" {
		return useNames[u] + " of " + service
	}
	return useNames[u]
}

func count(n int, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// printPlace prints the line at pos, or of a long one what is around pos, and a
// caret under it.
func printPlace(w io.Writer, text string, pos policy.Position) {
	const before, after = 60, 60 // characters of a line that is longer than both
	start := pos.Offset - pos.Column + 1
	line, _, _ := strings.Cut(text[start:], "\n")
	line = strings.TrimSuffix(line, "\r")
	at := min(pos.Column-1, len(line))
	head, tail := []rune(oneLine(line[:at])), []rune(oneLine(line[at:]))
	// Spaces and tabs before the line say nothing about it.
	for len(head) > 0 && head[0] == ' ' {
		head = head[1:]
	}
	if long := len(head)+len(tail) > before+after; long && len(head) > before {
		head = append([]rune("…"), head[len(head)-before+1:]...)
	}
	if len(head)+len(tail) > before+after {
		tail = append(tail[:max(before+after-len(head), after)-1], '…')
	}
	fmt.Fprintf(w, "    %s%s\n    %s^\n", string(head), string(tail), strings.Repeat(" ", len(head)))
}

// jsonReport has one object a finding, one a line.
type jsonReport struct {
	w   io.Writer
	err error
}

// findingJSON is a finding for programs.
type findingJSON struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Offset   int    `json:"offset"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Detail   string `json:"detail"`
	AWS      string `json:"aws,omitempty"`     // AWS's answer
	Witness  string `json:"witness,omitempty"` // a resource, or claims of a token, for which detail comes true
	Kind     string `json:"kind"`
	Service  string `json:"service,omitempty"`
	Assumed  bool   `json:"assumed"` // kind was guessed
}

func (r *jsonReport) policy(v *validated) {
	out := json.NewEncoder(r.w)
	out.SetEscapeHTML(false)
	for _, f := range v.findings {
		r.err = cmp.Or(r.err, out.Encode(findingJSON{
			File: v.name, Line: f.Pos.Line, Column: f.Pos.Column, Offset: f.Pos.Offset,
			Severity: f.Severity.String(), Code: string(f.Code), Detail: f.Detail, AWS: f.Answer, Witness: f.Witness,
			Kind: kindOf(v.use), Service: v.use.Service, Assumed: v.assumed,
		}))
	}
}

func (r *jsonReport) end(bool) error { return r.err }

// sarifReport is for code hosts: one log of all policies.
type sarifReport struct {
	w       io.Writer
	rules   []sarif.Rule
	results []sarif.Result
}

func (r *sarifReport) policy(v *validated) {
	for _, f := range v.findings {
		id := string(f.Code)
		if !slices.ContainsFunc(r.rules, func(rule sarif.Rule) bool { return rule.ID == id }) {
			r.rules = append(r.rules, sarif.Rule{ID: id, Text: f.Code.Sentence()})
		}
		text := f.Detail
		if f.Answer != "" {
			text += ". AWS answers: " + f.Answer
		}
		file := v.name
		if v.piped {
			file = ""
		}
		start := f.Pos.Offset - f.Pos.Column + 1
		r.results = append(r.results, sarif.Result{
			Rule: id, Level: f.Severity.String(), Message: text, File: file,
			Line: f.Pos.Line, Column: utf8.RuneCountInString(v.text[start:f.Pos.Offset]) + 1,
		})
	}
}

func (r *sarifReport) end(complete bool) error {
	slices.SortFunc(r.rules, func(a, b sarif.Rule) int { return cmp.Compare(a.ID, b.ID) })
	return sarif.Write(r.w, sarif.Tool{Name: "writ", Version: version, Rules: r.rules}, r.results, complete)
}
