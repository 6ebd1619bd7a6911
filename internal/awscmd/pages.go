package awscmd

import (
	"context"
	"encoding/base64"
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

// resume is what the AWS CLI's NextToken holds: the tokens of a page, and how
// many of its items have been shown.
type resume struct {
	at    map[string]string
	shown int
}

const shownKey = "boto_truncate_amount"

func (r resume) encode(p *paginator) string {
	o := object{}
	for _, t := range p.tokens {
		if value, ok := r.at[t.in]; ok {
			o = o.set(t.in, value)
		} else {
			o = o.set(t.in, nil)
		}
	}
	if r.shown > 0 {
		o = o.set(shownKey, number(r.shown))
	}
	return base64.StdEncoding.EncodeToString(appendLine(nil, o))
}

func decodeResume(text string) (resume, error) {
	r := resume{at: map[string]string{}}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return r, usagef("Bad starting token: %s", text)
	}
	tree, err := parseJSON(string(b))
	o, ok := tree.(object)
	if err != nil || !ok {
		return r, usagef("Bad starting token: %s", text)
	}
	for _, m := range o {
		value, err := scalarText(m.value)
		switch {
		case m.value == nil:
		case err != nil:
			return r, usagef("Bad starting token: %s", text)
		case m.name == shownKey:
			r.shown, err = strconv.Atoi(value)
		default:
			r.at[m.name] = value
		}
		if err != nil {
			return r, usagef("Bad starting token: %s", text)
		}
	}
	return r, nil
}

// runPages calls an operation until its last page and prints what the pages
// hold together; text is printed page by page, as the AWS CLI does.
func (c *Command) runPages(ctx context.Context, g *globals, p *paginator, client *Client, in any, given *arguments) error {
	run, err := newPageRun(p, in, given.page)
	if err != nil {
		return err
	}
	merged, kept := object{}, object{}
	for first := true; !run.done; first = false {
		page, err := run.next(ctx, client)
		if err != nil {
			return err
		}
		if first {
			kept = pick(page, p.keep, true)
		}
		if g.output == "text" {
			if err := c.print(g, append(pick(page, p.results, false), kept...)); err != nil {
				return err
			}
			kept = nil
			continue
		}
		merged = join(merged, pick(page, p.results, false))
	}
	if g.output == "text" {
		return nil
	}
	merged = append(merged, kept...)
	if run.token != "" {
		merged = merged.set("NextToken", run.token)
	}
	return c.print(g, merged)
}

// pick returns the named members of a page, with null for those that it lacks
// if nulls are wanted.
func pick(page object, names []string, nulls bool) object {
	o := object{}
	for _, name := range names {
		if v := page.get(name); v != nil || nulls {
			o = o.set(name, v)
		}
	}
	return o
}

// join adds the lists of a page to those of the pages before.
func join(all, page object) object {
	for _, m := range page {
		before, _ := all.get(m.name).([]any)
		list, _ := m.value.([]any)
		all = all.set(m.name, append(before, list...))
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
	from, err := decodeResume(o.start)
	if err != nil {
		return nil, err
	}
	r.skip = from.shown
	for name, value := range from.at {
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
		r.stop(resume{at: next})
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
	r.done, r.token = true, at.encode(r.paginator)
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
