package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

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

// readPolicy reads a file, or standard input for -.
func (p *process) readPolicy(path string) (policyText, error) {
	if path == "-" {
		text, err := readDocument(p.Stdin)
		return policyText{"standard input", string(text), true}, err
	}
	text, err := readDocumentFile(path)
	return policyText{path, string(text), false}, err
}

// readDocument reads the text of a policy. Of one that no policy is as long as,
// it reads no more than shows so: a device may never end.
func readDocument(r io.Reader) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, policy.MaxBytes+1))
}

func readDocumentFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readDocument(f)
}

// oneLine is s with a space for every control character, and for every character
// that orders others or breaks lines without being seen: what a document, a
// request or the name of a file says must not move the cursor of a terminal, nor
// look like something else.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, s)
}

// faultIn says where a document is wrong, for people.
func faultIn(name string, err error) error {
	var e *policy.Error
	if errors.As(err, &e) {
		return fmt.Errorf("%s:%s", name, oneLine(e.String()))
	}
	return fmt.Errorf("%s: %w", name, err)
}
