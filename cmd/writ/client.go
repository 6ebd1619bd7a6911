package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"

	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/sigv4"
)

// connection are the flags of commands that call a running server.
type connection struct {
	Data string `help:"Data folder of a development server, for its address and keys." env:"WRIT_DATA" default:".writ"`
}

// client finds the server and the caller's key, and trusts what AWS_CA_BUNDLE
// says.
func (c *connection) client(p *process) (*awscmd.Client, error) {
	client, err := c.caller(p)
	if err != nil {
		return nil, err
	}
	client.HTTP, err = awscmd.HTTPClient(p.Getenv("AWS_CA_BUNDLE"))
	return client, hint(err, "it names a file of certificates in PEM, the only ones to be trusted")
}

// caller is a client with the endpoint and the key in the AWS_ variables, or
// when there are none, those in the folder of a development server. The key
// there is the root user's: who has named another caller is not made root.
func (c *connection) caller(p *process) (*awscmd.Client, error) {
	get := p.Getenv
	endpoint, key := get("AWS_ENDPOINT_URL"), get("AWS_ACCESS_KEY_ID")
	for _, name := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
		if profile := get(name); profile != "" && key == "" {
			return nil, hint(fmt.Errorf("%s names the profile %s, and writ reads no profiles", name, profile),
				`pass its credentials: eval "$(aws configure export-credentials --profile %s --format env)"; and set AWS_ENDPOINT_URL`, quoteShell(profile))
		}
	}
	switch {
	case endpoint != "" && key != "":
		return &awscmd.Client{
			Endpoint: endpoint, Region: get("AWS_REGION"), Now: p.Now,
			Credentials: sigv4.Credentials{
				AccessKeyID: key, SecretAccessKey: get("AWS_SECRET_ACCESS_KEY"), SessionToken: get("AWS_SESSION_TOKEN"),
			},
		}, nil
	case endpoint != "" || key != "":
		return nil, hint(errors.New("one of AWS_ENDPOINT_URL and AWS_ACCESS_KEY_ID is set and not the other"),
			"set both, with AWS_SECRET_ACCESS_KEY; or neither, to be the root user of the development server whose folder is %s", c.Data)
	}
	a, err := readAccess(c.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hint(err, "start a server with: writ dev; or set AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	if err != nil {
		return nil, err
	}
	return a.client(p), nil
}

func (a *access) client(p *process) *awscmd.Client {
	return &awscmd.Client{
		Endpoint: a.Endpoint, Region: a.Region, Now: p.Now,
		Credentials: sigv4.Credentials{AccessKeyID: a.AccessKeyID, SecretAccessKey: a.SecretAccessKey},
	}
}

// page calls one of Writ's own pages. in is sent as JSON unless it is nil. The
// caller closes the answer, which is a success.
func page(ctx context.Context, c *awscmd.Client, method, path string, query url.Values, in any) (io.ReadCloser, error) {
	var body []byte
	header := http.Header{}
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
		header.Set("Content-Type", "application/json")
	}
	req := &http.Request{Method: method, URL: &url.URL{Path: path, RawQuery: query.Encode()}, Header: header}
	resp, err := c.Do(ctx, req, "writ", bytes.NewReader(body))
	if err != nil {
		return nil, unanswered(c, err)
	}
	if resp.StatusCode < 300 {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	var answer struct{ Code, Message string }
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer); err != nil || answer.Code == "" {
		return nil, fmt.Errorf("%s answered %s: is that a writ server?", c.Endpoint, resp.Status)
	}
	return nil, &awscmd.AnswerError{Status: resp.StatusCode, Code: answer.Code, Message: answer.Message}
}

// pageJSON calls a page and reads its answer.
func pageJSON(ctx context.Context, c *awscmd.Client, method, path string, query url.Values, in, out any) error {
	body, err := page(ctx, c, method, path, query, in)
	if err != nil {
		return err
	}
	defer body.Close()
	return json.NewDecoder(body).Decode(out)
}

// call calls an operation of an AWS service by its name.
func call(ctx context.Context, c *awscmd.Client, svc *shape.Service, name string, in, out any) error {
	for i := range svc.Operations {
		if svc.Operations[i].Name == name {
			return unanswered(c, c.Call(ctx, svc, &svc.Operations[i], in, out))
		}
	}
	return fmt.Errorf("%s has no operation %s", svc.Name, name)
}

// unanswered adds the next step to an error of a call to which no server
// answered, and leaves others as they are.
func unanswered(c *awscmd.Client, err error) error {
	var untrusted *tls.CertificateVerificationError
	var unknown *net.DNSError
	var broken *net.OpError
	switch {
	case errors.As(err, &untrusted):
		return hint(err, "name a file with the server's certificate, or with that of the authority behind it, in AWS_CA_BUNDLE")
	case errors.As(err, &unknown):
		return hint(err, "is %s where the server answers? AWS_ENDPOINT_URL names it", c.Endpoint)
	case errors.As(err, &broken) && broken.Op == "dial":
		return hint(err, "is the server running? start it with: writ dev")
	}
	return err
}
