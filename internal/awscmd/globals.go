package awscmd

import (
	"slices"
	"strings"

	"github.com/writ-iam/writ/internal/sigv4"
)

// globals are the options that every command takes.
type globals struct {
	endpoint, region, output string
	query                    *query
	noPaginate, noSign       bool
}

// parseGlobals takes the global options out of a command line, wherever they
// stand, and returns what is left.
func parseGlobals(args []string) (*globals, []string, error) {
	g := &globals{output: "json"}
	expression := ""
	texts := map[string]*string{
		"--endpoint-url": &g.endpoint, "--region": &g.region, "--output": &g.output, "--query": &expression,
		"--profile": nil, "--color": nil, "--cli-read-timeout": nil, "--cli-connect-timeout": nil,
	}
	flags := map[string]*bool{
		"--no-paginate": &g.noPaginate, "--no-sign-request": &g.noSign,
		"--no-cli-pager": nil, "--no-verify-ssl": nil, "--debug": nil,
	}
	var rest []string
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(args[i], "=")
		if flag, ok := flags[args[i]]; ok {
			if flag != nil {
				*flag = true
			}
			continue
		}
		target, ok := texts[name]
		if !ok {
			rest = append(rest, args[i])
			continue
		}
		if !joined {
			if i++; i == len(args) {
				return nil, nil, usagef("argument %s: expected one argument", name)
			}
			value = args[i]
		}
		if target != nil {
			*target = value
		}
	}
	if !slices.Contains([]string{"json", "text"}, g.output) {
		return nil, nil, usagef("argument --output: Invalid choice: %q; there are json and text", g.output)
	}
	var err error
	if expression != "" {
		g.query, err = parseQuery(expression)
	}
	return g, rest, err
}

// endpointNames are the services as AWS_ENDPOINT_URL_… names them.
var endpointNames = map[string]string{"iam": "IAM", "sts": "STS", "s3": "S3"}

// client returns a client for a service, made of the options and the
// environment. There is no endpoint unless one is given: this command never
// calls AWS.
func (c *Command) client(g *globals, service string) (*Client, error) {
	out := &Client{Endpoint: g.endpoint, Region: g.region, HTTP: c.HTTP, Now: c.Now}
	for _, name := range []string{"AWS_ENDPOINT_URL_" + endpointNames[service], "AWS_ENDPOINT_URL"} {
		if out.Endpoint == "" {
			out.Endpoint = c.getenv(name)
		}
	}
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if out.Region == "" {
			out.Region = c.getenv(name)
		}
	}
	if out.Endpoint == "" {
		return nil, &setupError{"No endpoint. Set AWS_ENDPOINT_URL or give --endpoint-url."}
	}
	if out.HTTP == nil {
		var err error
		if out.HTTP, err = HTTPClient(c.getenv("AWS_CA_BUNDLE")); err != nil {
			return nil, err
		}
	}
	if g.noSign {
		return out, nil
	}
	out.Credentials = sigv4.Credentials{
		AccessKeyID: c.getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: c.getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: c.getenv("AWS_SESSION_TOKEN"),
	}
	if out.Credentials.AccessKeyID == "" || out.Credentials.SecretAccessKey == "" {
		return nil, &setupError{"Unable to locate credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."}
	}
	return out, nil
}
