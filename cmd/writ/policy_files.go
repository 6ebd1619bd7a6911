package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/writ-iam/writ/policy"
)

// policyText is a policy that a command is given, with the name by which it is
// spoken of.
type policyText struct {
	name, text string
	piped      bool // it came by standard input
}

// eachPolicy reads the policies that paths name, one after the other: a file, -
// for standard input, or a folder with its *.json files and those of the folders
// below. Hidden folders are passed over. What cannot be read it reports; it
// returns whether all could be.
func (p *process) eachPolicy(paths []string, use func(policyText)) bool {
	ok := true
	read := func(path string) {
		text, err := p.readPolicy(path)
		if err != nil {
			p.report(fmt.Errorf("failed to read the policy: %w", err))
			ok = false
			return
		}
		use(text)
	}
	for _, path := range paths {
		if path == "-" {
			read(path)
			continue
		}
		found := false
		root := path
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			root += "/" // through a symbolic link
		}
		err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case e.IsDir() && name != root && strings.HasPrefix(e.Name(), "."):
				return fs.SkipDir
			case !e.IsDir() && (name == root || strings.HasSuffix(name, ".json")):
				found = true
				read(name)
			}
			return nil
		})
		if err == nil && !found {
			err = hint(fmt.Errorf("%s holds no policy", path), "policies in folders are files that end in .json; name others one by one")
		}
		if err != nil {
			p.report(err)
			ok = false
		}
	}
	return ok
}

// readPolicy reads a file, or standard input for -. Of a text that no policy is
// as long as, it reads no more than shows so.
func (p *process) readPolicy(path string) (policyText, error) {
	if path == "-" {
		text, err := io.ReadAll(io.LimitReader(p.Stdin, policy.MaxBytes+1))
		return policyText{"standard input", string(text), true}, err
	}
	f, err := os.Open(path)
	if err != nil {
		return policyText{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, policy.MaxBytes+1))
	return policyText{path, string(text), false}, err
}

// oneLine is s with a space for every control character: what a document says
// must not move the cursor of a terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}
