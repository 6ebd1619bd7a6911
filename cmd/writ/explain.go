package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/authz"
)

type explainCommand struct {
	RequestID string `arg:"" name:"request-id" help:"As every answer has it in x-amzn-RequestId, and as \"writ events\" prints it."`
	JSON      bool   `help:"Print the event and the decision as JSON." name:"json"`

	connection
}

func (*explainCommand) Help() string {
	return `Shows a call with the whole decision on it: which layers took part, which statements matched, and which failed for want of what.

  writ events --username developer
  writ explain 8f14e45f-ceea-467f-a0e6-3ad8b1e0c2b1`
}

func (c *explainCommand) Run(ctx context.Context, p *process) error {
	client, err := c.client(p)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := pageJSON(ctx, client, http.MethodGet, "/_writ/explain", url.Values{"requestId": {c.RequestID}}, nil, &raw); err != nil {
		return err
	}
	if c.JSON {
		_, err := fmt.Fprintf(p.Stdout, "%s\n", raw)
		return err
	}
	var x explained
	if err := json.Unmarshal(raw, &x); err != nil {
		return fmt.Errorf("the server sent what is no explanation: %w", err)
	}
	x.print(p.Stdout)
	return nil
}

type explained struct {
	Event    event              `json:"event"`
	Decision *authz.Explanation `json:"decision"`
}

func (x *explained) print(w io.Writer) {
	e := &x.Event
	fmt.Fprintf(w, "%s called %s\n", e.caller(), e.action())
	fmt.Fprintf(w, "  at %s from %s\n", e.Time.UTC().Format(time.RFC3339), e.SourceIP)
	if e.ErrorCode != "" {
		fmt.Fprintf(w, "  and got %s: %s\n", e.ErrorCode, e.ErrorMessage)
	}
	d := x.Decision
	if d == nil {
		fmt.Fprintln(w, "\nno decision was needed or made")
		return
	}
	fmt.Fprintf(w, "\ndecision: %s", d.Effect)
	if d.Layer != "" {
		fmt.Fprintf(w, ", by the %s", layerName(d.Layer))
	}
	fmt.Fprintf(w, "\n  action    %s\n  resource  %s\n", d.Action, d.Resource)
	if d.Statement != nil {
		fmt.Fprintf(w, "  by        %s\n", describe(d.Statement))
	}
	for _, l := range d.Layers {
		printLayer(w, &l)
	}
	if len(d.Missing) > 0 {
		fmt.Fprintf(w, "\nthe request lacked: %s\n", strings.Join(d.Missing, ", "))
	}
	if len(d.Context) > 0 {
		fmt.Fprintln(w, "\ncontext of the request:")
		for _, key := range slices.Sorted(maps.Keys(d.Context)) {
			fmt.Fprintf(w, "  %s = %s\n", key, strings.Join(d.Context[key], ", "))
		}
	}
}

// layerNames are the layers in the words of AWS's documentation.
var layerNames = map[string]string{
	"identity": "identity-based policies", "boundary": "permissions boundary", "session": "session policy",
	"resource": "resource-based policy", "trust": "role trust policy", "scp": "service control policies",
	"rcp": "resource control policies", "vpcEndpoint": "VPC endpoint policy",
}

func layerName(layer string) string {
	if name, ok := layerNames[layer]; ok {
		return name
	}
	return layer
}

func printLayer(w io.Writer, l *authz.LayerExplanation) {
	fmt.Fprintf(w, "\n%s: %s\n", layerName(l.Layer), l.Effect)
	for _, s := range l.Matched {
		fmt.Fprintf(w, "  matched  %s\n", describe(&s))
	}
	for _, f := range l.Failed {
		fmt.Fprintf(w, "  failed   %s\n", describe(&f.Statement))
		if f.Principal {
			fmt.Fprintln(w, "           its principal is another")
		}
		for _, c := range f.Conditions {
			got := strings.Join(c.Got, ", ")
			if c.Absent {
				got = "nothing"
			}
			fmt.Fprintf(w, "           %s %s wants %s, got %s\n", c.Operator, c.Key, strings.Join(c.Want, ", "), got)
		}
	}
}

// describe names a statement: the policy, unless the event does not tell it, the
// statement and where it begins.
func describe(s *authz.Statement) string {
	name := fmt.Sprintf("statement %d", s.Index+1)
	if s.Sid != "" {
		name = s.Sid
	}
	effect := ""
	if s.Effect != "" {
		effect = s.Effect + " "
	}
	of := ""
	if s.Policy != "" {
		of = " of " + s.Policy
	}
	return fmt.Sprintf("%s%s%s at %d:%d", effect, name, of, s.Line, s.Column)
}
