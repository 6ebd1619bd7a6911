package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// credentialsFile stands in the data folder of a development server.
const credentialsFile = "credentials.json"

const region = "us-east-1"

// access is all that a client of a server needs to know. Its JSON is what
// writ dev --json prints and what credentials.json keeps.
type access struct {
	Endpoint        string `json:"endpoint"`
	Account         string `json:"accountId"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	Region          string `json:"region"`
	Data            string `json:"data"`            // "" in memory
	Admin           string `json:"admin,omitempty"` // URL of health and metrics
	PID             int    `json:"pid"`
}

// readAccess reads credentials.json of a data folder.
func readAccess(data string) (*access, error) {
	path := filepath.Join(data, credentialsFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hint(fmt.Errorf("there is no %s: %w", path, fs.ErrNotExist), "start a server with: writ dev; or name its folder with --data")
	}
	if err != nil {
		return nil, err
	}
	a := &access{}
	if err := json.Unmarshal(text, a); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// write keeps the credentials in the data folder, for the owner's eyes.
func (a *access) write(data string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	text, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	return writePrivate(filepath.Join(data, credentialsFile), append(text, '\n'))
}

// writePrivate writes a file of mode 0600, whole or not at all.
func writePrivate(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".writ-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// variables are what AWS clients read, in the order that they are printed.
// AWS_DEFAULT_REGION is for the AWS CLI of version 1.
func (a *access) variables() [][2]string {
	return [][2]string{
		{"AWS_ENDPOINT_URL", a.Endpoint},
		{"AWS_ACCESS_KEY_ID", a.AccessKeyID}, {"AWS_SECRET_ACCESS_KEY", a.SecretAccessKey},
		{"AWS_REGION", a.Region}, {"AWS_DEFAULT_REGION", a.Region},
	}
}

// formats are the ways in which the variables are printed.
var formats = map[string]func(io.Writer, *access){
	"env": func(w io.Writer, a *access) {
		for _, v := range a.variables() {
			fmt.Fprintf(w, "export %s=%s\n", v[0], quoteShell(v[1]))
		}
	},
	"fish": func(w io.Writer, a *access) {
		for _, v := range a.variables() {
			fmt.Fprintf(w, "set -gx %s %s\n", v[0], quoteShell(v[1]))
		}
	},
	"powershell": func(w io.Writer, a *access) {
		for _, v := range a.variables() {
			fmt.Fprintf(w, "$Env:%s=\"%s\"\n", v[0], strings.NewReplacer("`", "``", `"`, "`\"", "$", "`$").Replace(v[1]))
		}
	},
	"json": func(w io.Writer, a *access) { json.NewEncoder(w).Encode(a) },
}

// quoteShell quotes a word for sh and fish where that is needed.
func quoteShell(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:+=@%,"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

type envCommand struct {
	Data   string `help:"Data folder of the server." env:"WRIT_DATA" default:".writ"`
	Format string `help:"env, json, powershell or fish." enum:"env,json,powershell,fish" default:"env"`
}

func (*envCommand) Help() string {
	return `Prints what "writ dev" printed when it started:

  eval "$(writ env)"
  writ env --format fish | source
  writ env --format powershell | Invoke-Expression`
}

func (c *envCommand) Run(p *process) error {
	a, err := readAccess(c.Data)
	if err != nil {
		return err
	}
	formats[c.Format](p.Stdout, a)
	return nil
}
