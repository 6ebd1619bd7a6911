package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// client finds the server and the caller's key: in the AWS_ variables when
// they name an endpoint and a key, else in the folder of a development server.
func (c *connection) client(p *process) (*awscmd.Client, error) {
	get := p.Getenv
	if get("AWS_ENDPOINT_URL") != "" && get("AWS_ACCESS_KEY_ID") != "" {
		return &awscmd.Client{
			Endpoint: get("AWS_ENDPOINT_URL"), Region: get("AWS_REGION"), Now: p.Now,
			Credentials: sigv4.Credentials{
				AccessKeyID: get("AWS_ACCESS_KEY_ID"), SecretAccessKey: get("AWS_SECRET_ACCESS_KEY"),
				SessionToken: get("AWS_SESSION_TOKEN"),
			},
		}, nil
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
		return nil, hint(err, "is the server running? start it with: writ dev")
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
			return c.Call(ctx, svc, &svc.Operations[i], in, out)
		}
	}
	return fmt.Errorf("%s has no operation %s", svc.Name, name)
}
