package awscmd

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strconv"

	"github.com/writ-iam/writ/internal/wire"
)

// paging are the options of paged operations.
type paging struct {
	size, max string
	start     string
}

func (p *paging) options() map[string]func(string) error {
	number := func(at *string) func(string) error {
		return func(s string) error {
			if _, err := strconv.Atoi(s); err != nil {
				return usagef("invalid literal for int() with base 10: %q", s)
			}
			*at = s
			return nil
		}
	}
	return map[string]func(string) error{
		"--page-size": number(&p.size), "--max-items": number(&p.max),
		"--starting-token": func(s string) error { p.start = s; return nil },
	}
}

// resume is what the AWS CLI's NextToken holds.
type resume struct {
	Marker   map[string]string `json:"marker"`
	Truncate int               `json:"boto_truncate_amount,omitempty"`
}

// runPages calls an operation until its last page and prints what the pages
// hold together; text is printed page by page, as the AWS CLI does.
func (c *Command) runPages(ctx context.Context, g *globals, p *paginator, client *Client, in any, given *arguments) error {
	run, err := newPageRun(p, in, given.page)
	if err != nil {
		return err
	}
	merged := object{}
	for first := true; !run.done; first = false {
		page, err := run.next(ctx, client)
		if err != nil {
			return err
		}
		shown := p.pick(page, first)
		if g.output == "text" {
			if err := c.print(g, shown); err != nil {
				return err
			}
			continue
		}
		merged = p.join(merged, shown)
	}
	if g.output == "text" {
		return nil
	}
	for _, name := range p.keep {
		if merged.get(name) == nil {
			merged = merged.set(name, nil)
		}
	}
	if run.token != "" {
		merged = merged.set("NextToken", run.token)
	}
	return c.print(g, merged)
}

// pick returns what is shown of a page.
func (p *paginator) pick(page object, first bool) object {
	o := object{}
	for _, name := range p.results {
		if list, ok := page.get(name).([]any); ok {
			o = o.set(name, list)
		}
	}
	for _, name := range p.keep {
		if v := page.get(name); first && v != nil {
			o = o.set(name, v)
		}
	}
	return o
}

func (p *paginator) join(all, page object) object {
	for _, m := range page {
		before, _ := all.get(m.name).([]any)
		if list, ok := m.value.([]any); ok {
			all = all.set(m.name, append(before, list...))
		} else {
			all = all.set(m.name, m.value)
		}
	}
	return all
}

// pageRun walks the pages of one call.
type pageRun struct {
	*paginator
	in    any
	left  int // items still wanted; -1 for all
	skip  int // items of the first page that were shown before
	done  bool
	token string // where to go on, when items are left
}

func newPageRun(p *paginator, in any, o paging) (*pageRun, error) {
	r := &pageRun{paginator: p, in: in, left: -1}
	if o.max != "" {
		r.left, _ = strconv.Atoi(o.max)
	}
	if o.size != "" {
		if err := r.setInput(p.limit, o.size); err != nil {
			return nil, err
		}
	}
	if o.start == "" {
		return r, nil
	}
	var from resume
	b, err := base64.StdEncoding.DecodeString(o.start)
	if err == nil {
		err = json.Unmarshal(b, &from)
	}
	if err != nil {
		return nil, usagef("Bad starting token: %s", o.start)
	}
	r.skip = from.Truncate
	for name, value := range from.Marker {
		if err := r.setInput(name, value); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *pageRun) setInput(name, text string) error {
	s, v := wire.Target(r.in)
	f := memberNamed(s, name)
	if f == nil {
		return usagef("Bad starting token")
	}
	return fill(f.Type, v.Field(f.Index), text)
}

// next fetches a page.
func (r *pageRun) next(ctx context.Context, client *Client) (object, error) {
	out := reflect.New(r.op.Output)
	if err := client.Call(ctx, r.svc, r.op, r.in, out.Interface()); err != nil {
		return nil, err
	}
	page := present(r.svc, out.Interface())
	here, next := r.position(), r.following(page)
	items, _ := page.get(r.results[0]).([]any)
	items = items[min(r.skip, len(items)):]
	switch {
	case r.left >= 0 && len(items) > r.left:
		items = items[:r.left]
		r.stop(resume{here, r.skip + r.left})
	case len(next) == 0:
		r.done = true
	case r.left == len(items):
		r.stop(resume{Marker: next})
	}
	if r.left >= 0 {
		r.left -= len(items)
	}
	r.skip = 0
	if items != nil {
		page = page.set(r.results[0], items)
	}
	for name, value := range next {
		if err := r.setInput(name, value); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// stop ends the run early and keeps where to go on.
func (r *pageRun) stop(at resume) {
	b, err := json.Marshal(at)
	if err != nil {
		panic(err) // strings and a number
	}
	r.done, r.token = true, base64.StdEncoding.EncodeToString(b)
}

// position returns the tokens that the present page was asked for with.
func (r *pageRun) position() map[string]string {
	s, v := wire.Target(r.in)
	at := map[string]string{}
	for _, t := range r.tokens {
		f := memberNamed(s, t.in)
		if fv := v.Field(f.Index); !f.Type.Absent(fv) {
			at[t.in] = string(wire.AppendText(nil, f.Type, f.Type.Deref(fv), wire.ISO8601))
		}
	}
	return at
}

// following returns the tokens of the page after this one; none when it is the
// last.
func (r *pageRun) following(page object) map[string]string {
	if more, ok := page.get("IsTruncated").(bool); ok && !more {
		return nil
	}
	at := map[string]string{}
	for _, t := range r.tokens {
		if text, err := scalarText(page.get(t.out)); err == nil && text != "" {
			at[t.in] = text
		}
	}
	if r.op.Name == "ListObjects" && len(at) == 0 && page.get("IsTruncated") == true {
		if items, _ := page.get("Contents").([]any); len(items) > 0 {
			at["Marker"], _ = items[len(items)-1].(object).get("Key").(string)
		}
	}
	return at
}
