package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/writ-iam/writ/internal/edits"
)

// configFile is a file of settings: a JSON object with the names of flags as
// its keys. It is strict: a key that is no setting is refused, because a
// setting with a typing error is a setting that is not made.
//
// A flag wins over the environment, that over the file.
type configFile struct {
	path   string
	values map[string]any
}

// configPath finds the file before flags are parsed, since it gives them
// values.
func configPath(args []string, getenv func(string) string) string {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if path, ok := strings.CutPrefix(arg, "--config="); ok {
			return path
		}
		if arg == "--config" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return getenv("WRIT_CONFIG")
}

func loadConfig(path string) (*configFile, error) {
	c := &configFile{path: path}
	if path == "" {
		return c, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("failed to read the configuration: %w", err)
	}
	if c.values, err = parseConfig(text); err != nil {
		return nil, hint(fmt.Errorf("%s: %w", path, err), `a configuration is one JSON object: {"listen": "127.0.0.1:4600", "data": "/var/lib/writ"}`)
	}
	return c, nil
}

// parseConfig reads an object whose keys are all different.
func parseConfig(text []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(errors.New("it does not begin with {"), err)
	}
	values := map[string]any{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if _, twice := values[key.(string)]; twice {
			return nil, fmt.Errorf("the key %q stands twice", key)
		}
		if values[key.(string)], err = asFlag(value); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("text follows the object")
	}
	return values, nil
}

var _ kong.Resolver = (*configFile)(nil)

// Validate leaves the keys to check, which knows the command.
func (c *configFile) Validate(*kong.Application) error { return nil }

// Resolve gives a flag the value of its key, unless its environment variable
// is set.
func (c *configFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	value, ok := c.values[flag.Name]
	if !ok || slices.ContainsFunc(flag.Envs, func(name string) bool { return os.Getenv(name) != "" }) {
		return nil, nil
	}
	return value, nil
}

// asFlag returns a value as a flag takes it.
func asFlag(value any) (any, error) {
	switch v := value.(type) {
	case string, bool:
		return v, nil
	case json.Number:
		return v.String(), nil
	case []any:
		return joinList(v)
	}
	return nil, errors.New("a setting is a string, a number, true, false, or a list of strings")
}

func joinList(list []any) (string, error) {
	texts := make([]string, len(list))
	for i, item := range list {
		text, ok := item.(string)
		if !ok || strings.Contains(text, ",") {
			return "", errors.New("a list has strings without commas")
		}
		texts[i] = text
	}
	return strings.Join(texts, ","), nil
}

// check refuses keys that are no settings: of the server that is started, or,
// for a command that starts none, of any command, since one file may serve all.
func (c *configFile) check(ctx *kong.Context) error {
	name := ctx.Selected().Name
	known := map[string]bool{}
	add := func(flags []*kong.Flag) {
		for _, f := range flags {
			if len(f.Envs) > 0 && f.Name != "config" {
				known[f.Name] = true
			}
		}
	}
	if name == "dev" || name == "serve" {
		add(ctx.Flags())
	} else {
		for _, command := range ctx.Model.Leaves(false) {
			add(command.Flags)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.values)) {
		if !known[key] {
			err := fmt.Errorf("%s: %q is no setting of \"writ %s\"", c.path, key, name)
			if near := nearest(key, slices.Sorted(maps.Keys(known))); near != "" {
				return hint(err, "did you mean %q?", near)
			}
			return hint(err, "writ %s --help lists the settings", name)
		}
	}
	return nil
}

// nearest returns the name that takes the fewest edits to reach; "" when all
// are far.
func nearest(key string, names []string) string {
	best, least := "", len(key)/2+1
	for _, name := range names {
		if d := edits.Distance(strings.ToLower(strings.ReplaceAll(key, "_", "-")), name, least); d < least {
			best, least = name, d
		}
	}
	return best
}
