package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/policycase"
	"github.com/writ-iam/writ/policy"
)

// policyEvalCommand decides requests without a server.
type policyEvalCommand struct {
	Principal       string   `help:"Who asks: the ARN of a user, a role session, a federated user or a root user; a service; anonymous." placeholder:"PRINCIPAL"`
	Action          string   `help:"What is asked: s3:GetObject." placeholder:"ACTION"`
	Resource        given    `help:"The ARN that the action acts on; not given: the action names none." placeholder:"ARN"`
	ResourceAccount given    `help:"The account that owns the resource, where its ARN does not tell." placeholder:"ID"`
	Context         []string `help:"A condition key and its value. Repeat it for more keys, and for more values of one." sep:"none" placeholder:"KEY=VALUE"`
	Issuer          given    `help:"The user who made a federated user's session." placeholder:"ARN"`
	Management      bool     `help:"The principal's account is the management account, which no SCP binds." name:"management-account"`

	Identity       []string `help:"An identity-based policy; repeat it for more." sep:"none" placeholder:"FILE"`
	ResourcePolicy given    `help:"The resource-based policy, or of a role its trust policy." placeholder:"FILE"`
	Boundary       []string `help:"The permissions boundary." sep:"none" placeholder:"FILE"`
	Session        []string `help:"A session policy; repeat it for more." sep:"none" placeholder:"FILE"`
	SCP            []string `help:"The service control policies of one level, joined by commas; repeat it for each level: root, OUs, account." name:"scp" sep:"none" placeholder:"FILE[,FILE]"`
	RCP            []string `help:"The same of resource control policies. RCPFullAWSAccess is there by itself." name:"rcp" sep:"none" placeholder:"FILE[,FILE]"`
	VPCEndpoint    []string `help:"The policy of the VPC endpoint." name:"vpc-endpoint" sep:"none" placeholder:"FILE"`

	Account []string `help:"A downloaded account (aws iam get-account-authorization-details): the principal's policies, groups, boundary and tags are taken from there, and trust policies." sep:"none" placeholder:"FILE"`

	Cases string `help:"A file of cases, one object of JSON a line, instead of one request; - is standard input." placeholder:"FILE"`
	JSON  bool   `help:"Answer in JSON, as cases are answered." name:"json"`
}

// given is the value of a flag that is not empty. A variable of a shell that is
// not set must not do as if the flag, and a layer with it, were left out.
type given string

func (g *given) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return errors.New("the value is empty: leave the flag out, or say what it is about")
	}
	*g = given(text)
	return nil
}

func (*policyEvalCommand) Help() string {
	return `Decides a request by AWS's policy logic, without a server: which layer and which statement decide, and what they were compared with.

  writ policy eval --principal arn:aws:iam::111122223333:user/ann --action s3:GetObject \
    --resource arn:aws:s3:::photos/cat.jpg --context aws:SourceIp=10.0.0.7 \
    --identity readers.json --boundary limit.json

A layer that is not given takes no part. The keys that say who asks (aws:PrincipalArn, aws:username, …) are there by themselves; what else a request has, --context says.
A principal is the ARN of a user, a role session, a role (for a session whose name no policy can name), a federated user or a root user; the name of a service; anonymous; or "provider NAME", for somebody whom an identity provider vouches for.

With --cases, many requests are answered, in their order and as fast as they come. A case is an object of JSON on one line:

  {"id":"1","request":{"principal":"arn:aws:iam::111122223333:user/ann","action":"s3:GetObject","resource":"arn:aws:s3:::photos/cat.jpg","context":{"aws:SourceIp":["10.0.0.7"]}},
   "policies":{"identity":[{"name":"readers","document":{…}}],"resource":{…},"boundary":[…],"session":[…],"scp":[[{"name":"root","document":{…}}],[…]],"rcp":[[…]],"vpcEndpoint":[…]}}

A request may have "resourceAccount", "issuer" (of a federated user: who called GetFederationToken) and "managementAccount": true. A layer that is absent or null takes no part; an empty list allows nothing. "resource" is the document alone, of sts:AssumeRole the role's trust policy. In scp and rcp each list is a level. An empty level allows nothing, so "rcp":[[]] denies everything: leave rcp out where there are no RCPs but RCPFullAWSAccess. A level of rcp that lists any has RCPFullAWSAccess besides.

An answer is one line too:

  {"id":"1","effect":"Allow","layer":"identity","message":"","statements":[{"policy":"readers","sid":"Read","index":0,"line":1,"column":38,"layer":"identity"}],"missingContext":[]}

"effect" is Allow, ImplicitDeny or ExplicitDeny; "layer" is named as the policies are ("resource" for a trust policy too), or "" where no policy decides, as in GetCallerIdentity, which is always allowed. An ExplicitDeny has the denying statements of all layers; the first decided. A case that cannot be decided has "id", "line" (of the input) and "error", and no "effect". docs/CASES.md in the repository has the whole form.

Exit status: 0 allowed, 1 implicitly denied, 2 explicitly denied, 3 not decided for an error. With --cases: 0 all answered, 3 some case had an error.`
}

func (c *policyEvalCommand) Run(ctx context.Context, p *process) error {
	accounts, err := readAccounts(p, c.Account)
	if err != nil {
		return err
	}
	if c.Cases != "" {
		return c.batch(ctx, p, accounts)
	}
	one, err := c.oneCase(p, accounts)
	if err != nil {
		return err
	}
	d, trace := engine.Explain(&one.Request, &one.Layers)
	if c.JSON {
		_, err = p.Stdout.Write(policycase.AppendAnswer(nil, one, d, &trace))
	} else {
		err = printDecision(p.Stdout, one, d, &trace)
	}
	if code := decisionStatus[d.Effect]; err == nil && code != 0 {
		return exitStatus{code: code}
	}
	return err
}

// decisionStatus is the exit status that tells a decision.
var decisionStatus = map[engine.Effect]int{engine.Allow: 0, engine.ImplicitDeny: 1, engine.ExplicitDeny: 2}

func (c *policyEvalCommand) batch(ctx context.Context, p *process, accounts policycase.Accounts) error {
	one := c.Principal + c.Action + string(c.Resource+c.ResourceAccount+c.Issuer+c.ResourcePolicy)
	lists := [][]string{c.Context, c.Identity, c.Boundary, c.Session, c.SCP, c.RCP, c.VPCEndpoint}
	if one != "" || c.Management || len(slices.Concat(lists...)) > 0 {
		return hint(errors.New("--cases and one request exclude each other"), "leave the flags of a request and of policies out: the cases say them")
	}
	in := p.Stdin
	if c.Cases != "-" {
		f, err := os.Open(c.Cases)
		if err != nil {
			return fmt.Errorf("failed to open the cases: %w", err)
		}
		defer f.Close()
		in = f
	}
	// Nearly all memory of a batch is garbage at once: collecting it less often
	// saves a third of the time and costs some ten megabytes.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	counts, err := policycase.Batch(ctx, in, p.Stdout, accounts)
	switch {
	case err != nil:
		return err
	case counts.Failed > 0:
		return exitStatus{3, fmt.Errorf("%d of %d cases could not be decided; their answers say why", counts.Failed, counts.Failed+counts.Answered)}
	}
	return nil
}

// oneCase makes a case of the flags.
func (c *policyEvalCommand) oneCase(p *process, accounts policycase.Accounts) (*policycase.Case, error) {
	if c.Principal == "" || c.Action == "" {
		return nil, hint(errors.New("who asks for what is not said"), "give --principal and --action, or --cases FILE; writ policy eval --help shows an example")
	}
	q := policycase.Question{
		Principal: c.Principal, Action: c.Action, Resource: string(c.Resource), ResourceAccount: string(c.ResourceAccount),
		Issuer: string(c.Issuer), Management: c.Management, Read: p.readDocument, Accounts: accounts,
		Identity: c.Identity, Boundary: c.Boundary, Session: c.Session, Endpoint: c.VPCEndpoint,
		ResourcePolicy: string(c.ResourcePolicy), SCP: levels(c.SCP), RCP: levels(c.RCP),
	}
	for _, s := range c.Context {
		key, value, ok := strings.Cut(s, "=")
		if !ok || key == "" {
			return nil, hint(fmt.Errorf("--context %q is not KEY=VALUE", s), "write --context aws:SourceIp=10.0.0.7")
		}
		q.Context = append(q.Context, policycase.KeyValue{Key: key, Value: value})
	}
	return q.Case()
}

// levels takes apart the policies of each level.
func levels(flags []string) [][]string {
	var all [][]string
	for _, f := range flags {
		all = append(all, strings.Split(f, ","))
	}
	return all
}

// readDocument reads a policy from a file, or from standard input for -.
func (p *process) readDocument(path string) ([]byte, error) {
	in, err := p.readPolicy(path)
	return []byte(in.text), err
}

// readFile reads a file, or standard input for -.
func (p *process) readFile(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(p.Stdin)
	}
	return os.ReadFile(path)
}

func readAccounts(p *process, files []string) (policycase.Accounts, error) {
	accounts := make(policycase.Accounts)
	for _, file := range files {
		data, err := p.readFile(file)
		if err != nil {
			return nil, fmt.Errorf("failed to read the account: %w", err)
		}
		a, err := policycase.ParseAccount(data)
		if err != nil {
			return nil, hint(fmt.Errorf("%s: %w", file, err), "aws iam get-account-authorization-details > account.json makes one")
		}
		if _, twice := accounts[a.ID]; twice {
			return nil, fmt.Errorf("%s: the account %s was given before", file, a.ID)
		}
		accounts[a.ID] = a
	}
	return accounts, nil
}

// printDecision prints a decision for a person: what decided first, then every
// layer with the statements that matched and those that nearly did.
func printDecision(w io.Writer, c *policycase.Case, d engine.Decision, t *engine.Trace) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, d.Effect)
	if d.Layer != engine.NoLayer {
		printLine(out, ", by the %s", layerName(d.Layer.String()))
	}
	fmt.Fprintln(out)
	for _, s := range t.Deciding(d) {
		printLine(out, "  %s: %s\n", c.Where(s.Layer, s.Statement, s.Statement.Start), statementName(s.Statement))
	}
	if text := d.Message(&c.Request); text != "" {
		printLine(out, "  %s\n", text)
	}
	for i := range t.Layers {
		printLayerTrace(out, c, &t.Layers[i])
	}
	if len(t.Missing) > 0 {
		printLine(out, "\nthe request lacked: %s\n", strings.Join(t.Missing, ", "))
	}
	return out.Flush()
}

func printLayerTrace(w io.Writer, c *policycase.Case, l *engine.LayerTrace) {
	level := ""
	if l.Layer == engine.SCPLayer || l.Layer == engine.RCPLayer {
		level = fmt.Sprintf(", level %d", l.Level)
	}
	printLine(w, "\n%s%s: %s\n", layerName(l.Layer.String()), level, l.Effect)
	for _, m := range l.Matched {
		printLine(w, "  %s: %s %s matches\n", c.Where(l.Layer, m.Statement, m.Statement.Start), effectName(m.Effect), statementName(m.Statement))
		if m.Named == engine.NamesAccount {
			fmt.Fprintln(w, "      Principal names the account, which only delegates to it")
		}
		if m.Action.Text != "" {
			printLine(w, "      Action    %s\n", m.Action.Text)
		}
		if m.Resource.Text != "" {
			printLine(w, "      Resource  %s\n", m.Resource.Text)
		}
		printConditions(w, c, l.Layer, m.Statement, m.Conditions)
	}
	for _, m := range l.Failed {
		printLine(w, "  %s: %s %s does not match\n", c.Where(l.Layer, m.Statement, m.Statement.Start), effectName(m.Effect), statementName(m.Statement))
		if m.Principal {
			fmt.Fprintln(w, "      Principal names others")
		}
		printConditions(w, c, l.Layer, m.Statement, m.Conditions)
	}
}

func printConditions(w io.Writer, c *policycase.Case, layer engine.Layer, ref engine.StatementRef, conditions []engine.TestedCondition) {
	for _, t := range conditions {
		want := make([]string, len(t.Want))
		for i, v := range t.Want {
			want[i] = v.Text
		}
		got := strings.Join(t.Got, ", ")
		if t.Absent {
			got = "nothing"
		}
		printLine(w, "      %s: %s %s: %s; the request has %s\n",
			c.Where(layer, ref, t.Pos), t.Operator, t.Key, strings.Join(want, ", "), got)
	}
}

func statementName(ref engine.StatementRef) string {
	switch {
	case ref.Index < 0:
		return "a policy that cannot be read"
	case ref.Sid != "":
		return ref.Sid
	}
	return fmt.Sprintf("statement %d", ref.Index+1)
}

func effectName(e policy.Effect) string {
	if e == policy.Deny {
		return "Deny"
	}
	return "Allow"
}

// printLine prints with control characters as spaces: what documents and requests
// say must not move the cursor of a terminal.
func printLine(w io.Writer, format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = oneLine(s)
		}
	}
	fmt.Fprintf(w, format, args...)
}
